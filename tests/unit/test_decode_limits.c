/* SPDX-License-Identifier: Apache-2.0
 *
 * What is too large for a vector file: documents at and above the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode_trial.h"

static const size_t pieces[] = {SIZE_MAX, 65536, 1000003};

static void test_document_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        begin(&trial, pieces[i]);
        add_document(&trial, LIMIT_DOCUMENT_BYTES);
        add(&trial, "\n");
        add_document(&trial, LIMIT_DOCUMENT_BYTES + 1);
        add(&trial, "\n{\"a\":\"next\"}");
        assert_true(decode(&trial, &text_options));
        assert_int_equal(trial.counts.rows, 2);
        assert_int_equal(trial.counts.rejects, 1);
        assert_int_equal(trial.counts.bytes, trial.text.length);
        assert_string_equal(trial.last_reason, "is longer than 4 MiB");
        assert_int_equal(trial.last_ordinal, 1);
        assert_int_equal(trial.last_line, 2);
        assert_int_equal(trial.last_offset, LIMIT_DOCUMENT_BYTES + 1);
        assert_int_equal(trial.last_raw, LIMIT_REJECT_RAW_BYTES);
        buffer_done(&trial.text);
    }
}

/* Brackets and quotes inside the strings of what is skipped must not end it. */
static void test_skip_is_not_fooled(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":[");
        while (trial.text.length < LIMIT_DOCUMENT_BYTES + 100000)
            add(&trial, "\"}]\\\"}]\\\\\", {\"k\": []},\n");
        add(&trial, "1]}\n{\"a\":\"next\"}\n");
        fill(&trial, '1', LIMIT_DOCUMENT_BYTES + 5);
        size_t number_end = trial.text.length;
        add(&trial, "{\"a\":\"and next\"}");
        assert_true(decode(&trial, &text_options));
        assert_int_equal(trial.counts.rows, 2);
        assert_int_equal(trial.counts.rejects, 2);
        assert_string_equal(trial.last_reason, "is longer than 4 MiB");
        assert_int_equal(trial.last_ordinal, 2);
        assert_int_equal(trial.last_offset, number_end - LIMIT_DOCUMENT_BYTES - 5);
        buffer_done(&trial.text);
    }
}

static void test_unended_document(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":\"");
        fill(&trial, 'x', 3 * LIMIT_DOCUMENT_BYTES);
        assert_true(decode(&trial, &text_options));
        assert_int_equal(trial.counts.rows, 0);
        assert_int_equal(trial.counts.rejects, 1);
        assert_string_equal(trial.last_reason, "is longer than 4 MiB");
        buffer_done(&trial.text);
    }
}

/* A row that is too long is torn, and another one follows it on its line. */
static void test_unended_document_and_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":\"first\"}\n{\"a\":\"");
        fill(&trial, 'x', LIMIT_DOCUMENT_BYTES);
        add(&trial, "{\"a\":\"lost\"}\n{\"a\":\"next\"}\n");
        assert_false(decode(&trial, &text_options));
        assert_int_equal(trial.error.kind, ERROR_REJECT);
        assert_non_null(strstr(trial.error.message, "line 2 of the object is no JSON, and seems to have several rows"));
        buffer_done(&trial.text);
    }
}

/* A value that is too long spans lines, and its string is torn at the end of one: the lines after it may be its own. */
static void test_unended_document_over_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        begin(&trial, pieces[i]);
        add(&trial, "{\n\"a\":\"");
        fill(&trial, 'x', LIMIT_DOCUMENT_BYTES);
        add(&trial, "\n{\"a\":\"next\"}\n");
        assert_false(decode(&trial, &text_options));
        assert_int_equal(trial.error.kind, ERROR_REJECT);
        assert_non_null(strstr(trial.error.message, "line 1 of the object is no JSON, and its end is not known"));
        buffer_done(&trial.text);
    }
}

static void test_deep_document(void **state)
{
    (void)state;
    Trial trial;
    begin(&trial, 4096);
    add(&trial, "{\"a\":");
    fill(&trial, '[', 2 * LIMIT_DOCUMENT_BYTES);
    fill(&trial, ']', 2 * LIMIT_DOCUMENT_BYTES);
    add(&trial, "}{\"a\":\"next\"}");
    assert_true(decode(&trial, &text_options));
    assert_int_equal(trial.counts.rows, 1);
    assert_int_equal(trial.counts.rejects, 1);
    assert_string_equal(trial.last_reason, "is nested deeper than 512 levels");
    assert_int_equal(trial.last_offset, 5 + 511);
    buffer_done(&trial.text);
}

/* 500 columns of the same two megabytes would be a row of a gigabyte. */
static void test_row_limit(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    static Column columns[COUNT];
    AUTO_BUFFER paths = {0};
    buffer_init(&paths, MIB);
    assert_true(buffer_append_text(&paths, "{\"jsonpaths\":["));
    for (size_t i = 0; i < COUNT; i++) {
        columns[i].name = "same";
        assert_true(buffer_append_text(&paths, i > 0 ? ",\"$.a\"" : "\"$.a\""));
    }
    assert_true(buffer_append_text(&paths, "]}"));
    DecodeOptions options = {
        .columns = columns, .column_count = COUNT, .mapping = JSON_PATHS, .jsonpaths = buffer_slice(&paths)};

    Trial trial;
    begin(&trial, SIZE_MAX);
    add_document(&trial, 2 * MIB);
    add_document(&trial, 1000);
    assert_true(decode(&trial, &options));
    assert_int_equal(trial.counts.rejects, 1);
    assert_int_equal(trial.counts.rows, 1);
    assert_string_equal(trial.last_reason, "makes a row of more than 9 MiB");
    assert_int_equal(trial.row_bytes, 2 + COUNT * (4 + 992) + 3 * 12);
    buffer_done(&trial.text);
}

/* {"a":"\u0000\"\"\"…"} of exactly length bytes: as a JSON string in _rescued it is twice as long. */
static void add_hostile(Trial *trial, size_t length)
{
    add(trial, "{\"a\":\"\\u0000");
    for (size_t i = 14; i < length; i += 2)
        add(trial, "\\\"");
    add(trial, "\"}\n");
}

static void test_rescue_of_large_values(void **state)
{
    (void)state;
    static const Column column[] = {{.name = "z"}, {.name = "z2", .type = COLUMN_INTEGER}};
    static const char *const paths[] = {"{\"jsonpaths\":[\"$.b\",\"$.b\"]}", "{\"jsonpaths\":[\"$.a\",\"$.a\"]}"};
    for (int i = 0; i < 2; i++) {
        Trial trial;
        begin(&trial, SIZE_MAX);
        add_hostile(&trial, LIMIT_DOCUMENT_BYTES);
        add(&trial, "{\"b\":1}");
        DecodeOptions options = {.columns = column,
                                 .column_count = 2,
                                 .mapping = JSON_PATHS,
                                 .jsonpaths = slice_from_text(paths[i]),
                                 .on_unknown = UNKNOWN_RESCUE};
        assert_true(decode(&trial, &options));
        assert_int_equal(trial.counts.rows, i == 0 ? 2 : 1);
        assert_int_equal(trial.counts.unknown, 2 - (i == 0));
        assert_int_equal(trial.counts.rejects, i);
        if (i == 0)
            assert_in_range(trial.row_bytes, 2 * LIMIT_DOCUMENT_BYTES - 100, 2 * LIMIT_DOCUMENT_BYTES + 200);
        else
            assert_string_equal(trial.last_reason, "makes a row of more than 9 MiB");
        buffer_done(&trial.text);
    }
}

/* More fields than are noted at first, in a row that comes again after one without any. */
static void test_many_unknown_fields(void **state)
{
    (void)state;
    Trial trial;
    begin(&trial, SIZE_MAX);
    size_t length = 0;
    for (int i = 0; i < 2; i++) {
        add(&trial, "{\"a\":1");
        size_t before = trial.text.length;
        for (int field = 0; field < 100000; field++)
            assert_true(buffer_append_format(&trial.text, ",\"f%d\":[%d]", field, field));
        length = trial.text.length - before;
        add(&trial, "}\n{\"a\":1}\n");
    }
    DecodeOptions options = text_options;
    options.on_unknown = UNKNOWN_RESCUE;
    assert_true(decode(&trial, &options));
    assert_int_equal(trial.counts.rows, 4);
    assert_int_equal(trial.counts.unknown, 2);
    /* A jsonb's version and brackets, one comma less; the column a, object, run and ordinal. */
    assert_int_equal(trial.row_bytes, 2 * (4 + 1 + 1 + (int64_t)length) + INT64_C(2) * 4 + INT64_C(4) * (2 + 5 + 36));
    buffer_done(&trial.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document_limit),
        cmocka_unit_test(test_skip_is_not_fooled),
        cmocka_unit_test(test_unended_document),
        cmocka_unit_test(test_unended_document_and_row),
        cmocka_unit_test(test_unended_document_over_lines),
        cmocka_unit_test(test_deep_document),
        cmocka_unit_test(test_row_limit),
        cmocka_unit_test(test_rescue_of_large_values),
        cmocka_unit_test(test_many_unknown_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
