/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of every kind come out in the order of their bytes, whether one chunk holds them or a file of many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/sorter.h"
#include "random.h"

#define CHUNK_BYTES (64 * KIB)

static int compare(const void *a, const void *b)
{
    const Slice *left = a, *right = b;
    int order = memcmp(left->data, right->data, left->length < right->length ? left->length : right->length);
    return order != 0 ? order : (left->length > right->length) - (left->length < right->length);
}

/* Few characters and long shared beginnings, so that many records are alike, and some the same. */
static Slice make_record(unsigned length_max)
{
    size_t length = random_below(length_max + 1), shared = length > 3 ? length - 3 : 0;
    char *bytes = memory_alloc_zeroed(1, length + 1);
    memset(bytes, 'k', shared);
    for (size_t i = shared; i < length; i++)
        bytes[i] = (char)(random_below(3) * 127);
    return (Slice){bytes, length};
}

static void check_sorted(Sorter *sorter, size_t count, unsigned length_max)
{
    Error error;
    Slice record;
    AUTO_FREE Slice *expected = memory_alloc_zeroed(count, sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        expected[i] = make_record(length_max);
        assert_true(sorter_add(sorter, expected[i], &error));
    }
    if (count > 0)
        qsort(expected, count, sizeof *expected, compare);
    for (size_t i = 0; i < count; i++) {
        assert_true(sorter_next(sorter, &record, &error));
        assert_non_null(record.data);
        assert_int_equal(record.length, expected[i].length);
        assert_memory_equal(record.data, expected[i].data, record.length);
        free((char *)(uintptr_t)expected[i].data);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(sorter_next(sorter, &record, &error));
        assert_null(record.data);
    }
}

static void test_random(void **state)
{
    (void)state;
    const size_t counts[] = {0, 1, 2, 700, 5000, 40000};
    const unsigned lengths[] = {0, 9, 120, 900};
    AUTO_SORTER sorter = sorter_open(CHUNK_BYTES);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            check_sorted(sorter, counts[i], lengths[j]);
            sorter_clear(sorter);
        }
}

static void test_longest_records(void **state)
{
    (void)state;
    AUTO_SORTER sorter = sorter_open(CHUNK_BYTES);
    check_sorted(sorter, 50, SORTER_RECORD_BYTES_MAX);
}

static void test_clear_forgets(void **state)
{
    (void)state;
    Error error;
    Slice record;
    AUTO_SORTER sorter = sorter_open(CHUNK_BYTES);
    for (int times = 0; times < 2; times++) {
        for (int i = 0; i < 20000; i++)
            assert_true(sorter_add(sorter, SLICE("forgotten"), &error));
        if (times > 0)
            assert_true(sorter_next(sorter, &record, &error));
        sorter_clear(sorter);
    }
    check_sorted(sorter, 3, 9);
}

static void test_no_folder(void **state)
{
    (void)state;
    Error error;
    bool is_added = true;
    AUTO_SORTER sorter = sorter_open(CHUNK_BYTES);
    setenv("TMPDIR", "/nowhere", 1);
    check_sorted(sorter, 100, 9);
    sorter_clear(sorter);
    for (int i = 0; i < 20000 && is_added; i++)
        is_added = sorter_add(sorter, SLICE("record"), &error);
    assert_false(is_added);
    assert_int_equal(error.kind, ERROR_FATAL);
    assert_string_equal(error.message,
                        "sorting cannot make a temporary file in /nowhere: No such file or directory; make "
                        "room there, or name another folder by TMPDIR");
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_longest_records),
        cmocka_unit_test(test_clear_forgets),
        cmocka_unit_test(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
