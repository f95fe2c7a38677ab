/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/inbox.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/memory.h"

bool inbox_init(Inbox *inbox, Connection *connection, const Config *config, S3 *s3, Error *error)
{
    Slice bucket, prefix;
    if (!s3_url_parse(config->warehouse.manifest_prefix, &bucket, &prefix, error))
        return false;
    bool has_slash = prefix.length == 0 || prefix.data[prefix.length - 1] == '/';
    inbox->s3 = s3;
    inbox->bucket = memory_copy_slice(bucket);
    inbox->folder =
        memory_format("%.*s%s%s/", SLICE_ARGUMENTS(prefix), has_slash ? "" : "/", connection_ledger(connection));
    return true;
}

void inbox_done(Inbox *inbox)
{
    free(inbox->bucket);
    free(inbox->folder);
    *inbox = (Inbox){0};
}

bool inbox_put(const Inbox *inbox, const char *name, Slice body, char **out_url, int64_t *out_date_s, Error *error)
{
    AUTO_FREE char *key = memory_format("%s%s", inbox->folder, name);
    if (!s3_put(inbox->s3, inbox->bucket, key, body, out_date_s, error))
        return false;
    *out_url = memory_format("s3://%s/%s", inbox->bucket, key);
    return true;
}

uint64_t inbox_random(void)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        error_abort("the kernel gives no random numbers");
    return random;
}

bool inbox_delete(const Inbox *inbox, const char *name, Error *error)
{
    AUTO_FREE char *key = memory_format("%s%s", inbox->folder, name);
    return s3_delete(inbox->s3, inbox->bucket, key, error);
}
