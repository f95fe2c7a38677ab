/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/backoff.h"

static const Backoff backoff = {.base_ms = 200, .wait_ms_max = 20000};

/* The largest wait: random numbers are taken modulo the ceiling plus one. */
static int64_t find_ceiling(Backoff of, unsigned attempt)
{
    int64_t largest = -1;
    for (uint64_t random = 0; random <= (uint64_t)of.wait_ms_max; random++) {
        int64_t wait_ms = backoff_wait_ms(of, attempt, random);
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
        seen[backoff_wait_ms(backoff, 0, random)]++;
    for (unsigned i = 0; i < 201; i++)
        assert_int_equal(seen[i], 5);
}

static void test_extremes(void **state)
{
    (void)state;
    Backoff base_above_cap = {.base_ms = 500, .wait_ms_max = 100};
    assert_int_equal(find_ceiling(base_above_cap, 0), 100);
    Backoff none = {.base_ms = 1, .wait_ms_max = 0};
    assert_int_equal(backoff_wait_ms(none, 9, UINT64_MAX), 0);
    assert_true(backoff_wait_ms(backoff, 3, UINT64_MAX) <= 1600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_up_to_the_cap),
        cmocka_unit_test(test_full_jitter),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
