/* SPDX-License-Identifier: Apache-2.0
 *
 * s3_list against a server that lists sets of keys, well or oddly (tests/keys): what it gives has to be the set, each
 * key at least once, or the listing has to fail as it does one page after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/aws.h"
#include "key_server.h"
#include "s3/s3.h"

#define CONNECTIONS 8
#define PAGE_KEYS 25
#define KEYS 1500

/* What one listing gave. */
typedef struct Given {
    const KeySet *set;
    unsigned char *seen;
    int64_t count;     /* with doubles */
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
                                    .attempts_max = 10,
                                    .backoff = {.base_ms = 1, .wait_ms_max = 3}}};
}

typedef struct Listing {
    const char *prefix;
    const char *start_after;
    int64_t connections;
    int64_t calls_max;
    S3MeanwhileFunction *meanwhile;
    void *context;
    bool is_listed;
    Error error;
    int64_t given;
    size_t missing; /* keys of the prefix after start_after */
} Listing;

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
    listing->is_listed = s3_list(s3, "b", listing->prefix, listing->start_after, take_object, &given, &listing->error);
    listing->given = given.count;
    listing->missing = 0;
    for (size_t i = 0; i < server->set->count; i++) {
        const char *key = server->set->keys[i];
        listing->missing += strncmp(key, listing->prefix, strlen(listing->prefix)) == 0 &&
                            strcmp(key, listing->start_after) > 0 && !given.seen[i];
    }
    free(given.seen);
}

static KeyServer make_server(const KeySet *set, KeyFault fault)
{
    return (KeyServer){.set = set, .prefix = "data/", .page_keys = PAGE_KEYS, .fault = fault};
}

static void check(const char *kind, const KeySet *set, KeyFault fault)
{
    KeyServer server = make_server(set, fault);
    key_server_start(&server);
    Listing listing = {.prefix = "data/", .start_after = "", .connections = CONNECTIONS};
    list(&server, &listing);
    int64_t requests = server.counts->requests, pages = (int64_t)set->count / PAGE_KEYS + 1;
    int64_t most = server.counts->under_way_max;
    key_server_stop(&server);
    if (!listing.is_listed)
        fail_msg("%s, fault %d: %s", kind, (int)fault, listing.error.message);
    if (listing.missing > 0)
        fail_msg("%s, fault %d: %zu of %zu keys are missing", kind, (int)fault, listing.missing, set->count);
    if (getenv("KEY_SERVER_TELLS"))
        fprintf(stderr, "%s, fault %d: %lld requests for %lld pages, %lld given of %zu, %lld at a time\n", kind,
                (int)fault, (long long)requests, (long long)pages, (long long)listing.given, set->count,
                (long long)most);
    if (fault == KEY_FAULT_NONE)
        assert_true(requests <= 4 * pages + 8 * CONNECTIONS);
}

static void test_all_sets_and_faults(void **state)
{
    (void)state;
    for (const char *const *kind = key_set_kinds; *kind; kind++) {
        KeySet set;
        assert_true(key_set_make(*kind, KEYS, &set));
        for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS; fault++)
            check(*kind, &set, fault);
        key_set_done(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sets_and_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
