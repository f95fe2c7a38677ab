/* SPDX-License-Identifier: Apache-2.0 */
#include "listings.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/aws.h"
#include "s3/request.h"

/* What one listing gave. */
typedef struct Given {
    const KeySet *set;
    unsigned char *seen;
    int64_t count;     /* with doubles, since the last beginning */
    int64_t calls_max; /* after so many the caller ends the listing; 0: never */
} Given;

static bool take_object(void *context, const ListedObject *object, Error *error)
{
    Given *given = context;
    long place = key_set_find(given->set, object->key);
    if (place < 0)
        fail_msg("%s is not in the bucket", object->key);
    assert_string_equal(object->bucket, "b");
    assert_null(object->fault);
    given->seen[place] = 1;
    if (++given->count == given->calls_max)
        return error_set(error, ERROR_REJECT, "enough");
    return true;
}

static void forget_objects(void *context)
{
    Given *given = context;
    memset(given->seen, 0, given->set->count + 1);
    given->count = 0;
}

static AwsConfig make_config(const char *url, int64_t connections)
{
    return (AwsConfig){.key = (char *)"k",
                       .secret = (char *)"s",
                       .session_token = (char *)"",
                       .region = (char *)"us-east-1",
                       .profile = (char *)"",
                       .endpoint_url = (char *)url,
                       .path_style = true,
                       .list_connections = connections,
                       .patience = {.connect_timeout = {.ms = 5000},
                                    .stall = {.ms = 60000},
                                    .attempts_max = LISTING_TRIES,
                                    .backoff = {.base_ms = 1, .wait_ms_max = 3}}};
}

static void list(const KeyServer *server, Listing *listing)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    const AwsConfig config = make_config(url, listing->connections);
    AUTO_S3 s3 = NULL;
    Given given = {
        .set = server->set, .seen = memory_alloc_zeroed(server->set->count + 1, 1), .calls_max = listing->calls_max};
    assert_true(s3_open(&config, &s3, &listing->error));
    if (listing->meanwhile)
        s3_set_meanwhile(s3, listing->meanwhile, listing->context);
    const S3Listing order = {.bucket = "b",
                             .prefix = listing->prefix,
                             .start_after = listing->start_after,
                             .is_plain = listing->is_plain,
                             .each = take_object,
                             .again = forget_objects,
                             .context = &given};
    listing->is_listed = s3_list(s3, &order, &listing->error);
    listing->is_refused = s3->is_refused || s3->was_denied;
    listing->given = given.count;
    listing->missing = 0;
    for (size_t i = 0; i < server->set->count; i++) {
        const char *key = server->set->keys[i];
        listing->missing += strncmp(key, listing->prefix, strlen(listing->prefix)) == 0 &&
                            strcmp(key, listing->start_after) > 0 && !given.seen[i];
    }
    free(given.seen);
}

Counts listing_serve(const KeySet *set, KeyFault fault, size_t page_keys, Listing *listing)
{
    KeyServer server = {.set = set, .prefix = listing->prefix, .page_keys = page_keys, .fault = fault};
    key_server_start(&server);
    list(&server, listing);
    const Counts counts = {server.counts->requests, server.counts->names, server.counts->beginnings,
                           server.counts->under_way_max};
    key_server_stop(&server);
    return counts;
}

Listing listing_make(int64_t connections)
{
    return (Listing){.prefix = "data/", .start_after = "", .connections = connections};
}

void listing_check(const char *what, KeyFault fault, const KeySet *set, const Listing *listing)
{
    if (!listing->is_listed)
        fail_msg("%s, fault %d: %s", what, (int)fault, listing->error.message);
    if (listing->missing > 0)
        fail_msg("%s, fault %d: %zu of %zu keys are missing", what, (int)fault, listing->missing, set->count);
    if (listing->is_refused)
        fail_msg("%s, fault %d: the credentials count as refused", what, (int)fault);
}
