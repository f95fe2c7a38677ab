/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/selector.h"

static void test_what_selects(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ChangeSelection selection;
        const char *first;
        const char *second;
    } cases[] = {
        {"s3://bucket/a/b c.json", SELECT_OBJECT, "bucket", "a/b c.json"},
        {"s3://bucket/12/3", SELECT_OBJECT, "bucket", "12/3"},
        {"12", SELECT_RUN, "12", NULL},
        {"922337203685477580", SELECT_RUN, "922337203685477580", NULL},
        {"12/3", SELECT_TASK, "12", "3"},
        {"12/2147483647", SELECT_TASK, "12", "2147483647"},
        {"events", SELECT_PARTITION, "events", NULL},
        {"events/2018-11-12", SELECT_PARTITION, "events", "2018-11-12"},
        {"songs_2/A/B/", SELECT_PARTITION, "songs_2", "A/B/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_SELECTOR selector = {0};
        Error error;
        if (!selector_parse(cases[i].text, &selector, &error))
            fail_msg("%s: %s", cases[i].text, error.message);
        assert_int_equal(selector.selection, cases[i].selection);
        assert_string_equal(selector.values[0], cases[i].first);
        assert_int_equal(selector.values[1] == NULL, cases[i].second == NULL);
        if (cases[i].second)
            assert_string_equal(selector.values[1], cases[i].second);
    }
}

static void test_what_selects_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/",
        "s3://",
        "s3://bucket",
        "s3://bucket/",
        "s3:///key",
        "0",
        "0/1",
        "1/0",
        "1/",
        "1/2/3",
        "1x",
        "1/x",
        "-1",
        "1/-1",
        "1/2147483648",
        "events/",
        "_events",
        "Events",
        "events day",
        "/events",
        " 1",
        "1 ",
        "S3://bucket/key",
        "1/ 2",

        "9223372036854775808",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AUTO_SELECTOR selector = {0};
        Error error;
        if (selector_parse(texts[i], &selector, &error))
            fail_msg("'%s' was taken for a selector", texts[i]);
        assert_int_equal(error.kind, ERROR_FATAL);
        assert_null(selector.values[0]);
        if (!strstr(error.message, texts[i]))
            fail_msg("'%s' is not named: %s", texts[i], error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_selects),
        cmocka_unit_test(test_what_selects_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
