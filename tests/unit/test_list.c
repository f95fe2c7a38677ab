/* SPDX-License-Identifier: Apache-2.0
 *
 * s3_list against a server that lists sets of keys, well or oddly (tests/keys): what it gives has to be the set, each
 * key once, or the listing has to fail as it does one page after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/stop.h"
#include "listings.h"
#include "random.h"

#define CONNECTIONS 8
#define PAGE_KEYS 25
#define KEYS 1000
#define ODD_SETS 2

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
            Listing listing = listing_make(CONNECTIONS);
            listing_serve(&set, fault, PAGE_KEYS, &listing);
            listing_check(*kind, fault, &set, &listing);
            assert_int_equal(listing.given, set.count);
        }
        key_set_done(&set);
    }
}

static void test_any_number_of_connections(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 2, 3, 64};
    for (const char *const *kind = key_set_kinds; *kind; kind++) {
        KeySet set;
        assert_true(key_set_make(*kind, KEYS, &set));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            Listing listing = listing_make(numbers[i]);
            const Counts counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
            int64_t pages = count_pages(&set, PAGE_KEYS);
            listing_check(*kind, KEY_FAULT_NONE, &set, &listing);
            assert_true(counts.requests <= 2 * pages + 9 * numbers[i]);
            assert_true(counts.under_way_max <= numbers[i]);
            assert_int_equal(listing.given, set.count);
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
        Listing listing = listing_make(CONNECTIONS);
        const Counts counts = listing_serve(&set, fault, PAGE_KEYS, &listing);
        listing_check("small", fault, &set, &listing);
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
            Listing listing = listing_make(CONNECTIONS);
            listing.start_after = set.keys[i];
            listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
            listing_check(*kind, KEY_FAULT_NONE, &set, &listing);
            assert_int_equal(listing.given, set.count - i - 1);
        }
        key_set_done(&set);
    }
}

/* Short keys of few characters: all that sort oddly together, and pages that end anywhere among them. A server that
 * skips the folder of a border's name may skip one that ends in '~', so it has none. */
static void make_odd_set(uint64_t number, KeyFault fault, KeySet *out_set)
{
    static const char characters[] = "//abABC-.05 ~";
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
            Listing listing = listing_make(CONNECTIONS);
            make_odd_set(number, fault, &set);
            listing_serve(&set, fault, 2 + number % 5, &listing);
            listing_check("odd", fault, &set, &listing);
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
        Listing listing = listing_make(CONNECTIONS);
        listing_serve(&set, fault, PAGE_KEYS, &listing);
        listing_check("encoded", fault, &set, &listing);
    }
    key_set_done(&set);
}

/* All folders but the first one have one page, so that the keys are parted by folders alone. */
static void test_folders_alone(void **state)
{
    (void)state;
    KeySet set = {0};
    for (int folder = 0; folder < CONNECTIONS; folder++)
        for (int i = 0; i < (folder == 0 ? 2 : 1) * PAGE_KEYS - 5; i++) {
            char key[64];
            snprintf(key, sizeof key, "data/%c/%04d", 'a' + folder, i);
            key_set_add(&set, key);
        }
    key_set_sort(&set);
    for (KeyFault fault = KEY_FAULT_NONE; fault < KEY_FAULTS_OVERCOME; fault++) {
        Listing listing = listing_make(CONNECTIONS);
        listing_serve(&set, fault, PAGE_KEYS, &listing);
        listing_check("folders", fault, &set, &listing);
    }
    key_set_done(&set);
}

/* The prefix ends within the folder's name, and no page lies in one folder: each folder is a range of its own. */
static void test_small_folders(void **state)
{
    (void)state;
    enum { FOLDERS = 40 };
    KeySet set = {0};
    for (int folder = 0; folder < FOLDERS; folder++)
        for (int i = 0; i < PAGE_KEYS; i++) {
            char key[64];
            snprintf(key, sizeof key, "data/A/%02d/%04d", folder, i);
            key_set_add(&set, key);
        }
    key_set_sort(&set);
    Listing listing = listing_make(CONNECTIONS);
    listing.prefix = "da";
    const Counts counts = listing_serve(&set, KEY_FAULT_NONE, 2 * (size_t)PAGE_KEYS, &listing);
    listing_check("small folders", KEY_FAULT_NONE, &set, &listing);
    assert_int_equal(listing.given, set.count);
    assert_int_equal(counts.names, 3);
    assert_int_equal(counts.requests, 1 + 3 + FOLDERS);
    key_set_done(&set);
}

static void test_the_caller_ends_it(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("letters", KEYS, &set));
    static const int64_t calls[] = {1, PAGE_KEYS + 1, KEYS / 2, KEYS - 1};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        Listing listing = listing_make(CONNECTIONS);
        listing.calls_max = calls[i];
        const Counts counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
        assert_false(listing.is_listed);
        assert_string_equal(listing.error.message, "enough");
        assert_int_equal(listing.given, calls[i]);
        assert_true(counts.requests <= count_pages(&set, PAGE_KEYS) + 9L * CONNECTIONS);
    }
    key_set_done(&set);
}

static void test_a_plain_listing(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("letters", KEYS, &set));
    Listing listing = listing_make(CONNECTIONS);
    listing.is_plain = true;
    Counts counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
    listing_check("plain", KEY_FAULT_NONE, &set, &listing);
    assert_int_equal(counts.requests, count_pages(&set, PAGE_KEYS));

    listing.calls_max = 1;
    counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
    assert_int_equal(counts.requests, 1);
    key_set_done(&set);
}

/* Pages that are too long for all connections at once are asked for one after the other. */
static void test_memory(void **state)
{
    (void)state;
    KeySet set;
    assert_true(key_set_make("hex", KEYS, &set));
    Listing listing = listing_make(64);
    const Counts counts = listing_serve(&set, KEY_FAULT_LONG_PARTS, PAGE_KEYS, &listing);
    listing_check("long", KEY_FAULT_LONG_PARTS, &set, &listing);
    assert_int_equal(counts.beginnings, 2);
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
    Listing listing = listing_make(CONNECTIONS);
    listing.meanwhile = count_round;
    listing.context = &rounds;
    const Counts counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
    listing_check("meanwhile", KEY_FAULT_NONE, &set, &listing);
    assert_true(rounds.count >= counts.requests / CONNECTIONS);

    for (int64_t maximum = 1; maximum < 12; maximum += 5) {
        rounds = (Rounds){.maximum = maximum};
        listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
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
    Listing listing = listing_make(CONNECTIONS);
    Counts counts = listing_serve(&set, KEY_FAULT_DENIES_ALL, PAGE_KEYS, &listing);
    assert_false(listing.is_listed);
    assert_int_equal(listing.error.kind, ERROR_DENIED);
    assert_non_null(strstr(listing.error.message, "s3://b/data/: "));
    assert_int_equal(counts.requests, 1);

    /* All stretches try for as long as one does, and nothing begins again. */
    counts = listing_serve(&set, KEY_FAULT_GOES_AWAY, PAGE_KEYS, &listing);
    assert_false(listing.is_listed);
    assert_int_equal(listing.error.kind, ERROR_RETRY);
    assert_non_null(strstr(listing.error.message, "s3://b/data/: "));
    assert_in_range(counts.requests, 20 + LISTING_TRIES, 20 + LISTING_TRIES * CONNECTIONS);
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
    Listing listing = listing_make(CONNECTIONS);
    listing.meanwhile = request_stop;
    listing.context = &(Rounds){.maximum = 6};
    const Counts counts = listing_serve(&set, KEY_FAULT_NONE, PAGE_KEYS, &listing);
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
        cmocka_unit_test(test_folders_alone),
        cmocka_unit_test(test_small_folders),
        cmocka_unit_test(test_the_caller_ends_it),
        cmocka_unit_test(test_a_plain_listing),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_meanwhile),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
