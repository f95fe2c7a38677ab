/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "warehouse/rejects.h"

static size_t kept_bytes; /* of a load */

static Reject make_reject(int64_t ordinal, Slice raw)
{
    return (Reject){.ordinal = ordinal,
                    .line = ordinal + 1,
                    .byte_offset = ordinal * 10,
                    .column = "ts",
                    .reason = "is wrong",
                    .raw = raw};
}

static void test_place_and_texts_are_copied(void **state)
{
    (void)state;
    AUTO_REJECTS rejects = {0};
    char raw[] = "{\"ts\": 1}", column[] = "ts", reason[] = "is wrong";
    Reject reject = {
        .ordinal = 3, .line = 4, .byte_offset = 55, .column = column, .reason = reason, .raw = {raw, sizeof raw - 1}};
    rejects_add(&rejects, 17, &reject, &kept_bytes);
    memset(raw, 'x', sizeof raw - 1);
    memset(column, 'x', sizeof column - 1);
    memset(reason, 'x', sizeof reason - 1);
    assert_int_equal(rejects.count, 1);
    const RejectRow *row = &rejects.rows[0];
    assert_int_equal(row->object, 17);
    assert_int_equal(row->ordinal, 3);
    assert_int_equal(row->line, 4);
    assert_int_equal(row->byte_offset, 55);
    assert_string_equal(row->column, "ts");
    assert_string_equal(row->reason, "is wrong");
    assert_string_equal(row->raw, "{\"ts\": 1}");
}

static void test_no_column(void **state)
{
    (void)state;
    AUTO_REJECTS rejects = {0};
    Reject reject = make_reject(0, SLICE(""));
    reject.column = NULL;
    rejects_add(&rejects, 1, &reject, &kept_bytes);
    assert_null(rejects.rows[0].column);
    assert_string_equal(rejects.rows[0].raw, "");
}

typedef struct Example {
    Slice raw;
    const char *text;
} Example;

/* What a text column takes as it is, and what stands as \xNN: RFC 3629. */
static void test_raw_becomes_text(void **state)
{
    (void)state;
    const Example examples[] = {
        {SLICE("plain \t\n\x01\x7f"), "plain \t\n\x01\x7f"},
        {SLICE("a\0b"), "a\\x00b"},
        {SLICE("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xb5"), "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xb5"},
        {SLICE("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf"),
         "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf"},
        {SLICE("\x80"), "\\x80"},
        {SLICE("\xff\xfe"), "\\xff\\xfe"},
        {SLICE("\xc3"), "\\xc3"},
        {SLICE("\xc3("), "\\xc3("},
        {SLICE("\xe2\x82"), "\\xe2\\x82"},
        {SLICE("\xf0\x9f\x8e"), "\\xf0\\x9f\\x8e"},
        {SLICE("\xc0\xaf"), "\\xc0\\xaf"},
        {SLICE("\xc1\xbf"), "\\xc1\\xbf"},
        {SLICE("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
        {SLICE("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
        {SLICE("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf"},
        {SLICE("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
        {SLICE("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        AUTO_REJECTS rejects = {0};
        Reject reject = make_reject(0, examples[i].raw);
        rejects_add(&rejects, 1, &reject, &kept_bytes);
        assert_string_equal(rejects.rows[0].raw, examples[i].text);
    }
}

static void test_longest_raw(void **state)
{
    (void)state;
    static char raw[LIMIT_REJECT_RAW_BYTES];
    memset(raw, 0xFF, sizeof raw);
    AUTO_REJECTS rejects = {0};
    Reject reject = make_reject(0, (Slice){raw, sizeof raw});
    rejects_add(&rejects, 1, &reject, &kept_bytes);
    assert_int_equal(strlen(rejects.rows[0].raw), 4 * sizeof raw);
}

static void test_all_are_counted_and_some_kept(void **state)
{
    (void)state;
    AUTO_REJECTS rejects = {0};
    for (int64_t i = 0; i < LIMIT_REJECTS_KEPT + 50; i++) {
        Reject reject = make_reject(i, SLICE("x"));
        rejects_add(&rejects, 1, &reject, &kept_bytes);
    }
    assert_int_equal(rejects.seen, LIMIT_REJECTS_KEPT + 50);
    assert_int_equal(rejects.count, LIMIT_REJECTS_KEPT);
    assert_int_equal(rejects.rows[LIMIT_REJECTS_KEPT - 1].ordinal, LIMIT_REJECTS_KEPT - 1);
}

static void test_move(void **state)
{
    (void)state;
    AUTO_REJECTS all = {0};
    for (int64_t object = 1; object <= 3; object++) {
        Rejects some = {0};
        for (int64_t i = 0; i < LIMIT_REJECTS_KEPT + object; i++) {
            Reject reject = make_reject(i, SLICE("x"));
            rejects_add(&some, object, &reject, &kept_bytes);
        }
        rejects_move(&all, &some);
        assert_int_equal(some.count, 0);
        assert_int_equal(some.seen, 0);
        assert_null(some.rows);
    }
    assert_int_equal(all.seen, 3 * LIMIT_REJECTS_KEPT + 6);
    assert_int_equal(all.count, 3 * LIMIT_REJECTS_KEPT);
    assert_int_equal(all.rows[0].object, 1);
    assert_int_equal(all.rows[all.count - 1].object, 3);
    rejects_done(&all);
    assert_int_equal(all.count, 0);
}

/* 500 objects of a hundred bad rows of the longest text: memory stays within its bound, all are counted, and what is
 * cut says so. */
static void test_memory_of_a_load(void **state)
{
    (void)state;
    static char raw[LIMIT_REJECT_RAW_BYTES];
    memset(raw, 0xFF, sizeof raw);
    AUTO_REJECTS all = {0};
    size_t bytes = 0, cut = 0;
    kept_bytes = 0;
    for (int64_t object = 1; object <= 500; object++) {
        Rejects some = {0};
        for (int64_t i = 0; i < LIMIT_REJECTS_KEPT; i++) {
            Reject reject = make_reject(i, (Slice){raw, sizeof raw});
            rejects_add(&some, object, &reject, &kept_bytes);
        }
        rejects_move(&all, &some);
    }
    for (size_t i = 0; i < all.count; i++) {
        size_t length = strlen(all.rows[i].raw);
        bytes += length;
        bool is_cut = length < 4 * sizeof raw;
        cut += is_cut;
        if (is_cut)
            assert_string_equal(all.rows[i].raw + 4 * LIMIT_REJECT_RAW_SHORT_BYTES, REJECTS_CUT);
    }
    assert_int_equal(all.seen, 500 * LIMIT_REJECTS_KEPT);
    assert_in_range(bytes, LIMIT_REJECTS_BYTES * 3 / 4, LIMIT_REJECTS_BYTES);
    assert_in_range(cut, 1000, all.count - 400);
    kept_bytes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_and_texts_are_copied),
        cmocka_unit_test(test_no_column),
        cmocka_unit_test(test_raw_becomes_text),
        cmocka_unit_test(test_longest_raw),
        cmocka_unit_test(test_all_are_counted_and_some_kept),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_memory_of_a_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
