/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kafka/watermark.h"

static void test_in_order(void **state)
{
    (void)state;
    Watermark watermark = {0};
    for (int64_t offset = 5; offset < 8; offset++)
        watermark_add(&watermark, offset);
    for (int64_t offset = 5; offset < 8; offset++)
        assert_int_equal(watermark_acknowledge(&watermark, offset), offset + 1);
    assert_int_equal(watermark.count, 0);
    watermark_done(&watermark);
}

static void test_only_a_whole_prefix_is_committed(void **state)
{
    (void)state;
    Watermark watermark = {0};
    static const int64_t offsets[] = {10, 12, 13, 20}; /* a topic's offsets have gaps */
    for (size_t i = 0; i < 4; i++)
        watermark_add(&watermark, offsets[i]);
    assert_int_equal(watermark_acknowledge(&watermark, 13), -1);
    assert_int_equal(watermark_acknowledge(&watermark, 12), -1);
    assert_int_equal(watermark_acknowledge(&watermark, 10), 14);
    watermark_add(&watermark, 21);
    assert_int_equal(watermark_acknowledge(&watermark, 21), -1);
    assert_int_equal(watermark_acknowledge(&watermark, 20), 22);
    watermark_done(&watermark);
}

static void test_what_was_not_handed_out(void **state)
{
    (void)state;
    Watermark watermark = {0};
    assert_int_equal(watermark_acknowledge(&watermark, 3), -1);
    watermark_add(&watermark, 4);
    assert_int_equal(watermark_acknowledge(&watermark, 3), -1);
    assert_int_equal(watermark_acknowledge(&watermark, 4), 5);
    assert_int_equal(watermark_acknowledge(&watermark, 4), -1);
    watermark_done(&watermark);
    watermark_done(&watermark);
}

/* Against a plain array of flags, in an order that is shuffled by seed. */
static void test_random_orders(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    for (unsigned seed = 1; seed <= 20; seed++) {
        srand(seed);
        int64_t order[COUNT] = {0};
        bool is_acknowledged[COUNT] = {false};
        Watermark watermark = {0};
        for (int64_t i = 0; i < COUNT; i++) {
            int64_t place = rand() % (i + 1);
            order[i] = order[place];
            order[place] = i;
            watermark_add(&watermark, i);
        }
        int64_t prefix = 0;
        for (int i = 0; i < COUNT; i++) {
            is_acknowledged[order[i]] = true;
            int64_t before = prefix;
            while (prefix < COUNT && is_acknowledged[prefix])
                prefix++;
            assert_int_equal(watermark_acknowledge(&watermark, order[i]), prefix > before ? prefix : -1);
        }
        watermark_done(&watermark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_only_a_whole_prefix_is_committed),
        cmocka_unit_test(test_what_was_not_handed_out),
        cmocka_unit_test(test_random_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
