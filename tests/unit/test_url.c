/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/slice.h"
#include "base/url.h"

static void check_decoded(const char *text, Slice expected)
{
    AUTO_FREE char *copy = memory_copy_text(text);
    size_t length;
    assert_true(url_decode(copy, &length));
    assert_int_equal(length, expected.length);
    assert_memory_equal(copy, expected.data, length);
}

static void check_broken(const char *text)
{
    AUTO_FREE char *copy = memory_copy_text(text);
    size_t length;
    assert_false(url_decode(copy, &length));
}

static void test_decode(void **state)
{
    (void)state;
    check_decoded("", SLICE(""));
    check_decoded("plain/key.json", SLICE("plain/key.json"));
    check_decoded("a+b%2Bc%2bd", SLICE("a b+c+d"));
    check_decoded("caf%C3%a9", SLICE("caf\xC3\xA9"));
    check_decoded("%25%32%35", SLICE("%25"));
    check_decoded("a%00b", SLICE("a\0b"));
}

static void test_broken_escapes(void **state)
{
    (void)state;
    check_broken("%");
    check_broken("a%2");
    check_broken("%G0");
    check_broken("%0G");
    check_broken("%-1");
}

static void check_trimmed(Slice text, const char *blanks, Slice expected, Slice expected_end)
{
    assert_true(slice_equals(slice_trim(text, blanks), expected));
    assert_true(slice_equals(slice_trim_end(text, blanks), expected_end));
}

static void test_trim(void **state)
{
    (void)state;
    check_trimmed(SLICE(" a b\t\r"), " \t\r", SLICE("a b"), SLICE(" a b"));
    check_trimmed(SLICE(" \n a"), " ", SLICE("\n a"), SLICE(" \n a"));
    check_trimmed(SLICE("///"), "/", SLICE(""), SLICE(""));
    check_trimmed(SLICE(""), " ", SLICE(""), SLICE(""));
    check_trimmed(SLICE("\0 a\0"), " ", SLICE("\0 a\0"), SLICE("\0 a\0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_broken_escapes),
        cmocka_unit_test(test_trim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
