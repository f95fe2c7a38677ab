/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ticker.h"

/* Longer than a test may take: a wait of so long ends by ticker_wake or ticker_stop. */
#define FOR_EVER_MS 600000
#define STOP_S_MAX 60

typedef struct Count {
    Ticker ticker;
    atomic_int rounds;
} Count;

static void *count_rounds(void *context)
{
    Count *count = context;
    do
        atomic_fetch_add(&count->rounds, 1);
    while (ticker_wait_ms(&count->ticker, FOR_EVER_MS));
    return NULL;
}

static void test_a_stop_ends_the_wait(void **state)
{
    (void)state;
    Count count = {0};
    ticker_start(&count.ticker, count_rounds, &count);
    assert_true(ticker_stop(&count.ticker, STOP_S_MAX));
    assert_int_equal(count.rounds, 1);
}

/* Also if it is woken before it waits. */
static void test_a_thread_that_is_woken_goes_round_again(void **state)
{
    (void)state;
    Count count = {0};
    ticker_start(&count.ticker, count_rounds, &count);
    ticker_wake(&count.ticker);
    int64_t end_ms = clock_now_ms() + FOR_EVER_MS / 10;
    while (count.rounds < 2 && clock_now_ms() < end_ms)
        ;
    assert_true(ticker_stop(&count.ticker, STOP_S_MAX));
    assert_int_equal(count.rounds, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stop_ends_the_wait),
        cmocka_unit_test(test_a_thread_that_is_woken_goes_round_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
