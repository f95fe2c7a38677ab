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
#include "base/stop.h"
#include "config/aws.h"
#include "key_server.h"
#include "random.h"
#include "s3/s3.h"

#define CONNECTIONS 8
#define PAGE_KEYS 25
#define KEYS 1000
#define ODD_SETS 2
#define TRIES 10

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
                                    .attempts_max = TRIES,
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

/* Of the server, while one listing came from it. */
typedef struct Counts {
    int64_t requests;
    int64_t names;
    int64_t beginnings;
    int64_t under_way_max;
} Counts;

static Counts serve(const KeySet *set, KeyFault fault, size_t page_keys, Listing *listing)
{
    KeyServer server = {.set = set, .prefix = listing->prefix, .page_keys = page_keys, .fault = fault};
    key_server_start(&server);
    list(&server, listing);
    const Counts counts = {server.counts->requests, server.counts->names, server.counts->beginnings,
                           server.counts->under_way_max};
    key_server_stop(&server);
    return counts;
}

static Listing make_listing(int64_t connections)
{
    return (Listing){.prefix = "data/", .start_after = "", .connections = connections};
}

static void check_whole(const char *what, KeyFault fault, const KeySet *set, const Listing *listing)
{
    if (!listing->is_listed)
        fail_msg("%s, fault %d: %s", what, (int)fault, listing->error.message);
    if (listing->missing > 0)
        fail_msg("%s, fault %d: %zu of %zu keys are missing", what, (int)fault, listing->missing, set->count);
}

static int64_t count_pages(const KeySet *set, size_t page_keys)
{
    return ((int64_t)set->count + (int64_t)page_keys - 1) / (int64_t)page_keys;
}

static void test_sets_and_faults(void **state)
{
    (void)state;
    for (const char *const *kind = key_set_kinds; *kind; kind++) {
        KeySet set;
        assert_true(key_set_make(*kind, KEYS, &set));
        for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS_OVERCOME; fault++) {
            Listing listing = make_listing(CONNECTIONS);
            serve(&set, fault, PAGE_KEYS, &listing);
            check_whole(*kind, fault, &set, &listing);
        }
        key_set_done(&set);
    }
}

/* Names that sort beside '/' are given twice, because some servers have them elsewhere. */
static bool has_doubles(const char *kind)
{
    return strcmp(kind, "borders") == 0 || strcmp(kind, "siblings") == 0;
}

static void test_any_number_of_connections(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2, 3, 64};
    for (const char *const *kind = key_set_kinds; *kind; kind++) {
        KeySet set;
        assert_true(key_set_make(*kind, KEYS, &set));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            Listing listing = make_listing(numbers[i]);
            const Counts counts = serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
            int64_t pages = count_pages(&set, PAGE_KEYS);
            check_whole(*kind, KEY_FAULT_NONE, &set, &listing);
            assert_true(counts.requests <= 4 * pages + 8 * numbers[i]);
            assert_true(counts.under_way_max <= numbers[i]);
            assert_true(has_doubles(*kind) || listing.given == (int64_t)set.count);
            if (numbers[i] == 1)
                assert_true(counts.requests == pages && counts.names == 0);
        }
        key_set_done(&set);
    }
}

static void test_a_small_listing_is_one_request(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("borders", PAGE_KEYS, &set));
    for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS_OVERCOME; fault++) {
        Listing listing = make_listing(CONNECTIONS);
        const Counts counts = serve(&set, fault, PAGE_KEYS, &listing);
        check_whole("small", fault, &set, &listing);
        assert_int_equal(counts.requests, 1);
    }
    key_set_done(&set);
}

static void test_start_after(void **state)
{
    (void)state;
    for (const char *const *kind = key_set_kinds; *kind; kind++) {
        KeySet set;
        assert_true(key_set_make(*kind, KEYS, &set));
        for (size_t i = 1; i < set.count; i += set.count / 3) {
            Listing listing = make_listing(CONNECTIONS);
            listing.start_after = set.keys[i];
            serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
            check_whole(*kind, KEY_FAULT_NONE, &set, &listing);
            assert_true(has_doubles(*kind) || listing.given == (int64_t)(set.count - i - 1));
        }
        key_set_done(&set);
    }
}

/* Short keys of few characters: all that sort oddly together, and pages that end anywhere among them. A server that
 * skips the folder of a border's name may skip one that ends in '~', so it has none. */
static void make_odd_set(uint64_t number, KeyFault fault, KeySet *out_set)
{
    static const char characters[] = "//ab-.05 ~";
    const unsigned count = fault == KEY_FAULT_SKIPS_FOLDER ? sizeof characters - 2 : sizeof characters - 1;
    *out_set = (KeySet){0};
    seed = number;
    for (int i = 0; i < 150; i++) {
        char key[16] = "data/";
        size_t length = 1 + random_below(8);
        for (size_t at = 0; at < length; at++)
            key[5 + at] = characters[random_below(count)];
        key_set_add(out_set, key);
    }
    key_set_sort(out_set);
}

static void test_odd_sets(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= ODD_SETS; number++)
        for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS_OVERCOME; fault++) {
            KeySet set;
            Listing listing = make_listing(CONNECTIONS);
            make_odd_set(number, fault, &set);
            serve(&set, fault, 2 + number % 5, &listing);
            check_whole("odd", fault, &set, &listing);
            key_set_done(&set);
        }
}

/* Names that mean another one once they are decoded, as Hive writes times: a folder of which no key comes. */
static void test_folders_that_are_encoded(void **state)
{
    (void)state;
    static const char *const folders[] = {"a", "b+c", "d%3Ae", "z"};
    KeySet set = {0};
    for (size_t folder = 0; folder < sizeof folders / sizeof *folders; folder++)
        for (int i = 0; i < 4 * PAGE_KEYS; i++) {
            char key[64];
            snprintf(key, sizeof key, "data/%s/%04d", folders[folder], i);
            key_set_add(&set, key);
        }
    key_set_sort(&set);
    for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS_OVERCOME; fault++) {
        Listing listing = make_listing(CONNECTIONS);
        serve(&set, fault, PAGE_KEYS, &listing);
        check_whole("encoded", fault, &set, &listing);
    }
    key_set_done(&set);
}

static void test_the_caller_ends_it(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("letters", KEYS, &set));
    static const int64_t calls[] = {1, PAGE_KEYS + 1, KEYS / 2, KEYS - 1};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        Listing listing = make_listing(CONNECTIONS);
        listing.calls_max = calls[i];
        const Counts counts = serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
        assert_false(listing.is_listed);
        assert_string_equal(listing.error.message, "enough");
        assert_int_equal(listing.given, calls[i]);
        assert_true(calls[i] > 1 || counts.requests == 1);
    }
    key_set_done(&set);
}

typedef struct Rounds {
    int64_t count;
    int64_t maximum; /* 0: none */
} Rounds;

static bool count_round(void *context, Error *error)
{
    Rounds *rounds = context;
    return ++rounds->count != rounds->maximum || error_set(error, ERROR_OUTAGE, "Kafka is away");
}

static void test_meanwhile(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("hex", KEYS, &set));
    Rounds rounds = {0};
    Listing listing = make_listing(CONNECTIONS);
    listing.meanwhile = count_round;
    listing.context = &rounds;
    const Counts counts = serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
    check_whole("meanwhile", KEY_FAULT_NONE, &set, &listing);
    assert_true(rounds.count >= counts.requests / CONNECTIONS);

    for (int64_t maximum = 1; maximum < 12; maximum += 5) {
        rounds = (Rounds){.maximum = maximum};
        serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
        assert_false(listing.is_listed);
        assert_string_equal(listing.error.message, "Kafka is away");
        assert_int_equal(rounds.count, maximum);
    }
    key_set_done(&set);
}

static void test_failures(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("dated", KEYS, &set));
    Listing listing = make_listing(CONNECTIONS);
    Counts counts = serve(&set, KEY_FAULT_DENIES_ALL, PAGE_KEYS, &listing);
    assert_false(listing.is_listed);
    assert_int_equal(listing.error.kind, ERROR_DENIED);
    assert_non_null(strstr(listing.error.message, "s3://b/data/: "));
    assert_int_equal(counts.requests, 1);

    /* All stretches try for as long as one does, and nothing begins again. */
    counts = serve(&set, KEY_FAULT_GOES_AWAY, PAGE_KEYS, &listing);
    assert_false(listing.is_listed);
    assert_int_equal(listing.error.kind, ERROR_RETRY);
    assert_non_null(strstr(listing.error.message, "s3://b/data/: "));
    assert_in_range(counts.requests, 20 + TRIES, 20 + TRIES * CONNECTIONS);
    assert_int_equal(counts.beginnings, 1);
    key_set_done(&set);
}

static bool request_stop(void *context, Error *error)
{
    (void)error;
    Rounds *rounds = context;
    if (++rounds->count == rounds->maximum)
        stop_request();
    return true;
}

static void test_a_stop(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("padded", KEYS, &set));
    Listing listing = make_listing(CONNECTIONS);
    listing.meanwhile = request_stop;
    listing.context = &(Rounds){.maximum = 6};
    const Counts counts = serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
    assert_false(listing.is_listed);
    assert_int_equal(listing.error.kind, ERROR_INTERRUPTED);
    assert_non_null(strstr(listing.error.message, "stopped while waiting for S3"));
    assert_true(counts.requests < count_pages(&set, PAGE_KEYS));
    key_set_done(&set);
}

/* A stop is for good, so its test comes last. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_and_faults),
        cmocka_unit_test(test_any_number_of_connections),
        cmocka_unit_test(test_a_small_listing_is_one_request),
        cmocka_unit_test(test_start_after),
        cmocka_unit_test(test_odd_sets),
        cmocka_unit_test(test_folders_that_are_encoded),
        cmocka_unit_test(test_the_caller_ends_it),
        cmocka_unit_test(test_meanwhile),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
