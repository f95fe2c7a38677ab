/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/retry.h"
#include "base/stop.h"

static const Backoff backoff = {.base_ms = 200, .wait_ms_max = 20000};

/* The largest wait: random numbers are taken modulo the ceiling plus one. */
static int64_t find_ceiling(Backoff of, unsigned attempt)
{
    int64_t largest = -1;
    for (uint64_t random = 0; random <= (uint64_t)of.wait_ms_max; random++) {
        int64_t wait_ms = retry_wait_ms(of, attempt, random);
        assert_true(wait_ms >= 0);
        largest = wait_ms > largest ? wait_ms : largest;
    }
    return largest;
}

static void test_doubles_up_to_the_cap(void **state)
{
    (void)state;
    static const int64_t ceilings[] = {200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000};
    for (unsigned i = 0; i < sizeof ceilings / sizeof *ceilings; i++)
        assert_int_equal(find_ceiling(backoff, i), ceilings[i]);
    assert_int_equal(find_ceiling(backoff, UINT32_MAX), 20000);
}

/* Full jitter: every wait from none to the ceiling is as likely as any other. */
static void test_full_jitter(void **state)
{
    (void)state;
    unsigned seen[201] = {0};
    for (uint64_t random = 0; random < 201UL * 5; random++)
        seen[retry_wait_ms(backoff, 0, random)]++;
    for (unsigned i = 0; i < 201; i++)
        assert_int_equal(seen[i], 5);
}

static void test_extremes(void **state)
{
    (void)state;
    Backoff base_above_cap = {.base_ms = 500, .wait_ms_max = 100};
    assert_int_equal(find_ceiling(base_above_cap, 0), 100);
    Backoff none = {.base_ms = 1, .wait_ms_max = 0};
    assert_int_equal(retry_wait_ms(none, 9, UINT64_MAX), 0);
    assert_true(retry_wait_ms(backoff, 3, UINT64_MAX) <= 1600);
}

typedef struct Heard {
    RetryPause pauses[8];
    unsigned count;
    unsigned rounds;     /* of a wait */
    unsigned rounds_max; /* then it ends; 0: never */
} Heard;

static void hear(void *context, const Error *error, const RetryPause *pause)
{
    Heard *heard = context;
    assert_string_equal(error->message, "away");
    heard->pauses[heard->count++] = *pause;
}

static bool go_on(void *context, Error *error)
{
    Heard *heard = context;
    heard->rounds++;
    return heard->rounds_max == 0 || heard->rounds < heard->rounds_max ||
           error_set(error, ERROR_FATAL, "something else ended");
}

static void test_tries_are_counted_and_told(void **state)
{
    (void)state;
    Heard heard = {0};
    Retry retry = {.backoff = {.base_ms = 2, .wait_ms_max = 4}, .tries_max = 3, .service = "S3"};
    retry.notice = hear;
    retry.context = &heard;
    Error error;
    unsigned tries = 0;
    do {
        tries++;
        error_set(&error, ERROR_RETRY, "away");
    } while (retry_again(&retry, &error));
    assert_int_equal(tries, 3);
    assert_int_equal(heard.count, 2);
    assert_int_equal(error.kind, ERROR_RETRY);
    for (unsigned i = 0; i < heard.count; i++) {
        assert_int_equal(heard.pauses[i].next, i + 2);
        assert_int_equal(heard.pauses[i].tries, 3);
        assert_in_range(heard.pauses[i].wait_ms, 0, 4);
    }
    retry.due_ms = INT64_MAX;
    retry_reset(&retry);
    assert_true(retry_is_due(&retry));
    assert_true(retry_again(&retry, &error));
}

static void test_what_cannot_pass_is_not_tried_again(void **state)
{
    (void)state;
    Retry retry = {.backoff = backoff, .tries_max = 3, .service = "S3"};
    Error error;
    error_set(&error, ERROR_FATAL, "no such bucket");
    assert_false(retry_again(&retry, &error));
    assert_int_equal(error.kind, ERROR_FATAL);
    assert_int_equal(retry.tries, 0);
}

/* What goes on during the wait ends it: the wait itself could take up to a minute. */
static void test_a_wait_is_ended_by_what_goes_on(void **state)
{
    (void)state;
    Heard heard = {.rounds_max = 1};
    Retry retry = {.backoff = {.base_ms = 60000, .wait_ms_max = 60000}, .tries_max = 3, .service = "S3"};
    retry.go_on = go_on;
    retry.context = &heard;
    Error error;
    error_set(&error, ERROR_RETRY, "away");
    assert_false(retry_again(&retry, &error));
    assert_string_equal(error.message, "something else ended");
    assert_int_equal(heard.rounds, 1);
}

static void test_put_off_until_due(void **state)
{
    (void)state;
    Retry retry = {.backoff = {.base_ms = 60000, .wait_ms_max = 60000}, .tries_max = 3};
    assert_true(retry_is_due(&retry));
    int64_t before_ms = clock_now_ms(), wait_ms = retry_put_off(&retry);
    assert_int_equal(retry.tries, 1);
    assert_in_range(retry.due_ms, before_ms + wait_ms, clock_now_ms() + wait_ms);
    retry.due_ms = clock_now_ms() + 60000;
    assert_false(retry_is_due(&retry));
}

/* The last one: a stop stays requested. */
static void test_a_stop_ends_the_tries(void **state)
{
    (void)state;
    Retry retry = {.backoff = {.base_ms = 60000, .wait_ms_max = 60000}, .tries_max = 3, .service = "S3"};
    Error error;
    error_set(&error, ERROR_RETRY, "away");
    stop_request();
    assert_false(retry_again(&retry, &error));
    assert_int_equal(error.kind, ERROR_INTERRUPTED);
    assert_string_equal(error.message, "stopped while waiting for S3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_up_to_the_cap),
        cmocka_unit_test(test_full_jitter),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_tries_are_counted_and_told),
        cmocka_unit_test(test_what_cannot_pass_is_not_tried_again),
        cmocka_unit_test(test_a_wait_is_ended_by_what_goes_on),
        cmocka_unit_test(test_put_off_until_due),
        cmocka_unit_test(test_a_stop_ends_the_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
