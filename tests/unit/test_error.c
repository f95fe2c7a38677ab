/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void test_set(void **state)
{
    (void)state;
    Error error;
    assert_false(error_set(&error, ERROR_STALE, "object %d is gone", 7));
    assert_int_equal(error.kind, ERROR_STALE);
    assert_int_equal(error.service, SERVICE_NONE);
    assert_string_equal(error.message, "object 7 is gone");

    assert_false(error_set_service(&error, ERROR_RETRY, SERVICE_S3, "%s", "reset"));
    assert_int_equal(error.kind, ERROR_RETRY);
    assert_int_equal(error.service, SERVICE_S3);
}

static void test_context_keeps_kind_and_service(void **state)
{
    (void)state;
    Error error;
    error_set_service(&error, ERROR_RETRY, SERVICE_KAFKA, "timed out");
    assert_false(error_add_context(&error, "topic %s", "tasks"));
    assert_false(error_add_context(&error, "%s", "run 3"));
    assert_string_equal(error.message, "run 3: topic tasks: timed out");
    assert_int_equal(error.kind, ERROR_RETRY);
    assert_int_equal(error.service, SERVICE_KAFKA);
}

/* Each length of the text before a € of three bytes, so that the cut falls before, into and after it. */
static void test_cut_at_character(void **state)
{
    (void)state;
    for (size_t before = sizeof((Error *)0)->message - 5; before < sizeof((Error *)0)->message; before++) {
        char text[2048];
        memset(text, 'x', before);
        memcpy(text + before, "€€€", sizeof "€€€");
        Error error;
        error_set(&error, ERROR_FATAL, "%s", text);
        size_t length = strlen(error.message);
        assert_true(length < sizeof error.message);
        assert_true(length >= sizeof error.message - 4);
        assert_memory_equal(error.message, text, length);
        assert_true(length <= before || (length - before) % 3 == 0);

        error_set(&error, ERROR_FATAL, "%s", text + 2);
        error_add_context(&error, "%s", "");
        length = strlen(error.message);
        assert_memory_equal(error.message + 2, text + 2, length - 2);
        assert_true(length <= before || (length - before) % 3 == 0);
    }
}

/* A key that is cut in front of more text. */
static void test_half_a_character_within(void **state)
{
    (void)state;
    Error error;
    error_set(&error, ERROR_REJECT, "s3://b/%.3s: %s", "a\xC3\xB6\xC3\xB6", "no");
    assert_string_equal(error.message, "s3://b/a\xC3\xB6: no");
    error_set(&error, ERROR_REJECT, "s3://b/%.4s: %s", "a\xC3\xB6\xC3\xB6", "no");
    assert_string_equal(error.message, "s3://b/a\xC3\xB6?: no");
}

static void test_kind_names(void **state)
{
    (void)state;
    assert_string_equal(error_kind_name(ERROR_RETRY), "retry");
    assert_string_equal(error_kind_name(ERROR_OUTAGE), "outage");
    assert_string_equal(error_kind_name(ERROR_STALE), "stale");
    assert_string_equal(error_kind_name(ERROR_REJECT), "reject");
    assert_string_equal(error_kind_name(ERROR_REFUSED), "refused");
    assert_string_equal(error_kind_name(ERROR_DENIED), "denied");
    assert_string_equal(error_kind_name(ERROR_FATAL), "fatal");
    assert_string_equal(error_kind_name(ERROR_INTERRUPTED), "interrupted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_context_keeps_kind_and_service),
        cmocka_unit_test(test_cut_at_character),
        cmocka_unit_test(test_half_a_character_within),
        cmocka_unit_test(test_kind_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
