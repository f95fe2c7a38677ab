/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/inbox.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"
#include "ledger/ledger.h"

bool inbox_init(Inbox *inbox, const Config *config, Connection *connection, S3 *s3, Error *error)
{
    Slice bucket, prefix;
    if (!s3_url_parse(config->manifest_prefix, &bucket, &prefix, error))
        return false;
    bool has_slash = prefix.length == 0 || prefix.data[prefix.length - 1] == '/';
    inbox->s3 = s3;
    inbox->bucket = memory_copy_slice(bucket);
    inbox->folder = memory_format("%.*s%s%s/", SLICE_ARGUMENTS(prefix), has_slash ? "" : "/", ledger_id(connection));
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

static bool append_json(Buffer *out, const char *text)
{
    json_t *value = json_string(text);
    AUTO_FREE char *json = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    return json && buffer_append_text(out, json);
}

bool json_append_field(Buffer *out, const char *name, const char *text)
{
    return append_json(out, name) && buffer_append_text(out, ":") && append_json(out, text);
}

bool manifest_begin(Buffer *text)
{
    return buffer_append_text(text, "{\"entries\":[");
}

bool manifest_add(Buffer *text, const char *bucket, const char *key)
{
    AUTO_FREE char *url = memory_format("s3://%s/%s", bucket, key);
    bool is_first = text->data[text->length - 1] == '[';
    return buffer_append_text(text, is_first ? "{" : ",\n{") && json_append_field(text, "url", url) &&
           buffer_append_text(text, ",\"mandatory\":true}");
}

bool manifest_end(Buffer *text)
{
    return buffer_append_text(text, "]}\n");
}
