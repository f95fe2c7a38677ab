/* SPDX-License-Identifier: Apache-2.0
 *
 * What is too large for a vector file: documents at and above the limits, many rows, and sources and sinks that fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "decode/decode.h"

#define TEXT_MAX (32 * MIB)

/* What came out, counted; and how the other side behaves. */
typedef struct Trial {
    Buffer text;
    size_t read;
    size_t piece;   /* bytes a read */
    size_t fail_at; /* reading beyond this fails */
    bool is_sink_broken;
    bool is_reject_refused;
    int64_t rejects;
    int64_t last_ordinal;
    int64_t last_line;
    int64_t last_offset;
    char last_reason[128];
    size_t last_raw;
    uint64_t row_bytes;
    size_t largest_write;
} Trial;

static bool read_piece(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    Trial *trial = context;
    if (trial->fail_at > 0 && trial->read >= trial->fail_at)
        return error_set(error, ERROR_RETRY, "the connection broke");
    size_t length = trial->text.length - trial->read;
    length = length < size ? length : size;
    length = length < trial->piece ? length : trial->piece;
    memcpy(bytes, trial->text.data + trial->read, length);
    trial->read += length;
    *out_length = length;
    return true;
}

static bool take_rows(void *context, Slice rows, Error *error)
{
    Trial *trial = context;
    trial->row_bytes += rows.length;
    trial->largest_write = rows.length > trial->largest_write ? rows.length : trial->largest_write;
    return !trial->is_sink_broken || error_set(error, ERROR_OUTAGE, "the warehouse is gone");
}

static bool take_reject(void *context, const Reject *reject, Error *error)
{
    Trial *trial = context;
    trial->rejects++;
    trial->last_ordinal = reject->ordinal;
    trial->last_line = reject->line;
    trial->last_offset = reject->byte_offset;
    trial->last_raw = reject->raw.length;
    snprintf(trial->last_reason, sizeof(trial->last_reason), "%s", reject->reason);
    return !trial->is_reject_refused || error_set(error, ERROR_REJECT, "one bad row too many");
}

static void add(Trial *trial, const char *text)
{
    assert_true(buffer_append_text(&trial->text, text));
}

static void fill(Trial *trial, char byte, size_t count)
{
    assert_true(buffer_reserve(&trial->text, count));
    memset(trial->text.data + trial->text.length, byte, count);
    trial->text.length += count;
    trial->text.data[trial->text.length] = '\0';
}

static const Column text_column[] = {{.name = "a"}};
static const DecodeOptions text_options = {.columns = text_column, .column_count = 1, .mapping = JSON_AUTO};

static bool decode(Trial *trial, const DecodeOptions *options, DecodeCounts *out_counts, Error *error)
{
    AUTO_DECODER decoder = NULL;
    assert_true(decoder_open(options, &decoder, error));
    DecodeSource source = {read_piece, trial};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = trial};
    return decode_object(decoder, 1, 2, &source, &sink, out_counts, error);
}

static void begin(Trial *trial, size_t piece)
{
    *trial = (Trial){.piece = piece};
    buffer_init(&trial->text, TEXT_MAX);
}

/* {"a":"xxx…"} of exactly length bytes. */
static void add_document(Trial *trial, size_t length)
{
    add(trial, "{\"a\":\"");
    fill(trial, 'x', length - 8);
    add(trial, "\"}");
}

static const size_t pieces[] = {SIZE_MAX, 65536, 1000003};

static void test_document_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        Error error;
        DecodeCounts counts;
        begin(&trial, pieces[i]);
        add_document(&trial, LIMIT_DOCUMENT_BYTES);
        add(&trial, "\n");
        add_document(&trial, LIMIT_DOCUMENT_BYTES + 1);
        add(&trial, "\n{\"a\":\"next\"}");
        assert_true(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(counts.rows, 2);
        assert_int_equal(counts.rejects, 1);
        assert_int_equal(counts.bytes, trial.text.length);
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
        Error error;
        DecodeCounts counts;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":[");
        while (trial.text.length < LIMIT_DOCUMENT_BYTES + 100000)
            add(&trial, "\"}]\\\"}]\\\\\", {\"k\": []},\n");
        add(&trial, "1]}\n{\"a\":\"next\"}\n");
        fill(&trial, '1', LIMIT_DOCUMENT_BYTES + 5);
        size_t number_end = trial.text.length;
        add(&trial, "{\"a\":\"and next\"}");
        assert_true(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(counts.rows, 2);
        assert_int_equal(counts.rejects, 2);
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
        Error error;
        DecodeCounts counts;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":\"");
        fill(&trial, 'x', 3 * LIMIT_DOCUMENT_BYTES);
        assert_true(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(counts.rows, 0);
        assert_int_equal(counts.rejects, 1);
        assert_string_equal(trial.last_reason, "is longer than 4 MiB");
        buffer_done(&trial.text);
    }
}

/* A row that is too long is torn, and another one stands behind it on its line. */
static void test_unended_document_and_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        Error error;
        DecodeCounts counts;
        begin(&trial, pieces[i]);
        add(&trial, "{\"a\":\"first\"}\n{\"a\":\"");
        fill(&trial, 'x', LIMIT_DOCUMENT_BYTES);
        add(&trial, "{\"a\":\"lost\"}\n{\"a\":\"next\"}\n");
        assert_false(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_non_null(strstr(error.message, "line 2 of the object is no JSON, and seems to have several rows"));
        buffer_done(&trial.text);
    }
}

/* A value that is too long spans lines, and its string is torn at the end of one: the lines after it may be its own. */
static void test_unended_document_over_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Trial trial;
        Error error;
        DecodeCounts counts;
        begin(&trial, pieces[i]);
        add(&trial, "{\n\"a\":\"");
        fill(&trial, 'x', LIMIT_DOCUMENT_BYTES);
        add(&trial, "\n{\"a\":\"next\"}\n");
        assert_false(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_non_null(strstr(error.message, "line 1 of the object is no JSON, and its end is not known"));
        buffer_done(&trial.text);
    }
}

static void test_deep_document(void **state)
{
    (void)state;
    Trial trial;
    Error error;
    DecodeCounts counts;
    begin(&trial, 4096);
    add(&trial, "{\"a\":");
    fill(&trial, '[', 2 * LIMIT_DOCUMENT_BYTES);
    fill(&trial, ']', 2 * LIMIT_DOCUMENT_BYTES);
    add(&trial, "}{\"a\":\"next\"}");
    assert_true(decode(&trial, &text_options, &counts, &error));
    assert_int_equal(counts.rows, 1);
    assert_int_equal(counts.rejects, 1);
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
    Error error;
    DecodeCounts counts;
    begin(&trial, SIZE_MAX);
    add_document(&trial, 2 * MIB);
    add_document(&trial, 1000);
    assert_true(decode(&trial, &options, &counts, &error));
    assert_int_equal(counts.rejects, 1);
    assert_int_equal(counts.rows, 1);
    assert_string_equal(trial.last_reason, "makes a row of more than 9 MiB");
    assert_int_equal(trial.row_bytes, 2 + COUNT * (4 + 992) + 3 * 12);
    buffer_done(&trial.text);
}

/* Rows cross every place of the window's end, and leave in pieces of a bounded size. */
static void test_many_rows(void **state)
{
    (void)state;
    Trial trial;
    Error error;
    DecodeCounts counts;
    begin(&trial, 16384);
    uint64_t expected = 0;
    for (unsigned i = 0; i < 40000; i++) {
        add_document(&trial, 10 + i % 97);
        add(&trial, i % 3 ? "\n" : "");
        expected += 2 + 4 + 2 + i % 97 + 36;
    }
    assert_true(decode(&trial, &text_options, &counts, &error));
    assert_int_equal(counts.rows, 40000);
    assert_int_equal(counts.rejects, 0);
    assert_int_equal(trial.row_bytes, expected);
    assert_true(trial.largest_write >= LIMIT_COPY_CHUNK_BYTES && trial.largest_write < LIMIT_COPY_CHUNK_BYTES + 1000);

    /* Lines are counted over all windows. Rows shared some of them: where the next one begins is not known. */
    add(&trial, "\n{\"a\":}");
    trial.read = 0;
    assert_false(decode(&trial, &text_options, &counts, &error));
    assert_int_equal(error.kind, ERROR_REJECT);
    assert_int_equal(trial.rejects, 1);
    assert_int_equal(trial.last_ordinal, 40000);
    assert_int_equal(trial.last_line, 40000 - 40000 / 3 - 1 + 2);
    assert_int_equal(trial.last_offset, trial.text.length - 1);
    buffer_done(&trial.text);
}

static void test_failures_pass_through(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        Trial trial;
        Error error;
        DecodeCounts counts;
        begin(&trial, 100);
        add_document(&trial, 500);
        add(&trial, "[]");
        add_document(&trial, 500);
        trial.fail_at = i == 0 ? 600 : 0;
        trial.is_sink_broken = i == 1;
        trial.is_reject_refused = i == 2;
        assert_false(decode(&trial, &text_options, &counts, &error));
        assert_int_equal(error.kind, i == 0 ? ERROR_RETRY : i == 1 ? ERROR_OUTAGE : ERROR_REJECT);
        buffer_done(&trial.text);
    }
}

/* A decoder goes on after a failed object as if nothing had been. */
static void test_decoder_after_failure(void **state)
{
    (void)state;
    Trial trial;
    Error error;
    DecodeCounts counts;
    AUTO_DECODER decoder = NULL;
    assert_true(decoder_open(&text_options, &decoder, &error));
    begin(&trial, 100);
    add_document(&trial, 5000);
    add_document(&trial, 50);
    DecodeSource source = {read_piece, &trial};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = &trial};
    trial.fail_at = 5020;
    assert_false(decode_object(decoder, 1, 2, &source, &sink, &counts, &error));
    trial.fail_at = trial.read = 0;
    assert_int_equal(trial.row_bytes, 0);
    assert_true(decode_object(decoder, 1, 2, &source, &sink, &counts, &error));
    assert_int_equal(counts.rows, 2);
    assert_int_equal(counts.bytes, 5050);
    assert_int_equal(trial.row_bytes, 4992 + 42 + 2 * (2 + 4 + 36));
    buffer_done(&trial.text);
}

/* The row that the warehouse refuses is found by its number among the good ones, whatever its neighbours are. */
static void test_refused_row(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":\n1}\n{\"a\":\"\\u0000\"}\n{\"a\":2} {\"a\":3}\n{\"a\":4}";
    static const struct {
        int64_t row, ordinal, line, offset;
    } cases[] = {{2, 2, 4, 24}, {3, 3, 4, 32}, {4, 4, 5, 40}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Trial trial;
        Error error;
        DecodeCounts counts;
        AUTO_DECODER decoder = NULL;
        assert_true(decoder_open(&text_options, &decoder, &error));
        begin(&trial, 7);
        add(&trial, text);
        DecodeSource source = {read_piece, &trial};
        DecodeSink sink = {.write_rows = take_rows,
                           .write_reject = take_reject,
                           .context = &trial,
                           .refused_row = cases[i].row,
                           .refusal = "is not wanted"};
        assert_true(decode_object(decoder, 1, 2, &source, &sink, &counts, &error));
        assert_int_equal(trial.rejects, 2);
        assert_string_equal(trial.last_reason, "is not wanted");
        assert_int_equal(trial.last_ordinal, cases[i].ordinal);
        assert_int_equal(trial.last_line, cases[i].line);
        assert_int_equal(trial.last_offset, cases[i].offset);
        buffer_done(&trial.text);
    }
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
        Error error;
        DecodeCounts counts;
        begin(&trial, SIZE_MAX);
        add_hostile(&trial, LIMIT_DOCUMENT_BYTES);
        add(&trial, "{\"b\":1}");
        DecodeOptions options = {.columns = column,
                                 .column_count = 2,
                                 .mapping = JSON_PATHS,
                                 .jsonpaths = slice_from_text(paths[i]),
                                 .on_unknown = UNKNOWN_RESCUE};
        assert_true(decode(&trial, &options, &counts, &error));
        assert_int_equal(counts.rows, i == 0 ? 2 : 1);
        assert_int_equal(counts.unknown, 2 - (i == 0));
        assert_int_equal(counts.rejects, i);
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
    Error error;
    DecodeCounts counts;
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
    assert_true(decode(&trial, &options, &counts, &error));
    assert_int_equal(counts.rows, 4);
    assert_int_equal(counts.unknown, 2);
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
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_failures_pass_through),
        cmocka_unit_test(test_decoder_after_failure),
        cmocka_unit_test(test_refused_row),
        cmocka_unit_test(test_rescue_of_large_values),
        cmocka_unit_test(test_many_unknown_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
