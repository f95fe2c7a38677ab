/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void test_append(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 1000);
    assert_int_equal(buffer_slice(&buffer).length, 0);
    assert_non_null(buffer_slice(&buffer).data);
    assert_true(buffer_append(&buffer, (Slice){"a\0b", 3}));
    assert_true(buffer_append_text(&buffer, "c"));
    assert_true(buffer_append_format(&buffer, "%d-%s", 42, "x"));
    assert_true(buffer_append(&buffer, (Slice){NULL, 0}));
    assert_int_equal(buffer.length, 8);
    assert_memory_equal(buffer.data, "a\0bc42-x", 9);
}

static void test_maximum(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 10);
    assert_true(buffer_append_text(&buffer, "12345678"));
    assert_false(buffer_append_text(&buffer, "9ab"));
    assert_false(buffer_append_format(&buffer, "%s", "9ab"));
    assert_false(buffer_reserve(&buffer, SIZE_MAX));
    assert_string_equal(buffer.data, "12345678");
    assert_true(buffer_append_format(&buffer, "%s", "9a"));
    assert_string_equal(buffer.data, "123456789a");
    assert_false(buffer_append_text(&buffer, "x"));
    assert_true(buffer.capacity <= 11);
}

/* A byte at a time through every growth of the capacity. */
static void test_growth(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 5000);
    for (size_t i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);
        assert_true(buffer_append(&buffer, (Slice){&c, 1}));
        assert_true(buffer.capacity > buffer.length);
    }
    assert_false(buffer_append_text(&buffer, "x"));
    assert_int_equal(strlen(buffer.data), 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
}

static void test_reserve_does_not_change_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 10000);
    assert_true(buffer_append_text(&buffer, "kept"));
    assert_true(buffer_reserve(&buffer, 9000));
    assert_true(buffer.capacity >= 9005);
    assert_string_equal(buffer.data, "kept");
}

static void test_clear_keeps_memory(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 100);
    buffer_clear(&buffer);
    assert_true(buffer_append_text(&buffer, "again"));
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    assert_int_equal(buffer.length, 0);
    assert_int_equal(buffer.capacity, capacity);
}

static void test_done_keeps_maximum(void **state)
{
    (void)state;
    Buffer buffer;
    buffer_init(&buffer, 4);
    assert_true(buffer_append_text(&buffer, "1234"));
    buffer_done(&buffer);
    assert_null(buffer.data);
    assert_false(buffer_append_text(&buffer, "12345"));
    assert_true(buffer_append_text(&buffer, "1234"));
    buffer_done(&buffer);
    Buffer zeroed = {0};
    buffer_done(&zeroed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_reserve_does_not_change_bytes),
        cmocka_unit_test(test_clear_keeps_memory),
        cmocka_unit_test(test_done_keeps_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
