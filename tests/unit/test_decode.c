/* SPDX-License-Identifier: Apache-2.0
 *
 * Every file of vectors/decode is one odd case: the columns, the input, and the rows and rejects that must come of it.
 * Each runs with several sizes of reads, which must make no difference. */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "decode/decode.h"
#include "decode_fields.h"

#define CASE_COLUMNS_MAX 32
#define CASE_BYTES_MAX (16 * MIB)
#define OBJECT 7
#define RUN 3

typedef struct Case {
    char *text;
    Column columns[CASE_COLUMNS_MAX];
    DecodeOptions options;
    bool is_counting; /* unknown fields */
    Slice input;
    Slice expected;
} Case;

static bool take_field(Slice *rest, Slice *out_field)
{
    uint32_t length = (uint32_t)take_number(rest, 4);
    if (length == UINT32_MAX)
        return false;
    assert_true(length <= rest->length);
    *out_field = (Slice){rest->data, length};
    *rest = (Slice){rest->data + length, rest->length - length};
    return true;
}

static int64_t take_own(Slice *rest)
{
    assert_int_equal(take_number(rest, 4), 8);
    return (int64_t)take_number(rest, 8);
}

/* What a case comes to, as text. */
typedef struct Result {
    const Case *test;
    Buffer text;
    DecodeCounts counts;
    int64_t rows;
    int64_t rejects;
} Result;

static void add_rescued(Buffer *line, Slice *rest)
{
    static const Column rescued = {.type = COLUMN_JSONB};
    Slice field;
    add(line, " | ");
    if (take_field(rest, &field))
        add_field(line, &rescued, field);
    else
        add(line, "NULL");
}

static bool take_rows(void *context, Slice rows, Error *error)
{
    (void)error;
    Result *result = context;
    const DecodeOptions *options = &result->test->options;
    bool is_rescuing = options->on_unknown == UNKNOWN_RESCUE;
    AUTO_BUFFER line = {0};
    buffer_init(&line, CASE_BYTES_MAX);
    while (rows.length > 0) {
        buffer_clear(&line);
        assert_int_equal(take_number(&rows, 2), options->column_count + 3 + is_rescuing);
        for (size_t i = 0; i < options->column_count; i++) {
            Slice field;
            add(&line, i > 0 ? " | " : "");
            if (take_field(&rows, &field))
                add_field(&line, &options->columns[i], field);
            else
                add(&line, "NULL");
        }
        assert_int_equal(take_own(&rows), OBJECT);
        assert_int_equal(take_own(&rows), RUN);
        int64_t ordinal = take_own(&rows);
        if (is_rescuing)
            add_rescued(&line, &rows);
        assert_true(buffer_append_format(&result->text, "row %" PRId64 ": %s\n", ordinal, line.data));
        result->rows++;
    }
    return true;
}

static bool take_reject(void *context, const Reject *reject, Error *error)
{
    (void)error;
    Result *result = context;
    assert_true(buffer_append_format(
        &result->text, "reject %" PRId64 ": line %" PRId64 " byte %" PRId64 ": %s %s: ", reject->ordinal, reject->line,
        reject->byte_offset, reject->column ? reject->column : "-", reject->reason));
    add_escaped(&result->text, reject->raw);
    add(&result->text, "\n");
    result->rejects++;
    return true;
}

/* Rows are handed over later than rejects: the order of a readable result is that of the ordinals. */
static int compare_lines(const void *a, const void *b)
{
    const char *left = strchr(*(char *const *)a, ' ');
    const char *right = strchr(*(char *const *)b, ' ');
    long difference = strtol(left, NULL, 10) - strtol(right, NULL, 10);
    return difference < 0 ? -1 : difference > 0;
}

static void sort_lines(Buffer *text)
{
    char *lines[256];
    size_t count = 0;
    AUTO_FREE char *copy = memory_copy_slice(buffer_slice(text));
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(count < 256);
        lines[count++] = line;
    }
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    buffer_clear(text);
    for (size_t i = 0; i < count; i++) {
        add(text, lines[i]);
        add(text, "\n");
    }
}

/* Hands over the input in pieces. */
typedef struct Pieces {
    Slice rest;
    size_t size_max;
    unsigned seed; /* 0: always size_max */
} Pieces;

static bool read_piece(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    (void)error;
    Pieces *pieces = context;
    size_t length = pieces->seed ? 1 + (size_t)rand_r(&pieces->seed) % pieces->size_max : pieces->size_max;
    length = length < size ? length : size;
    length = length < pieces->rest.length ? length : pieces->rest.length;
    memcpy(bytes, pieces->rest.data, length);
    pieces->rest = (Slice){pieces->rest.data + length, pieces->rest.length - length};
    *out_length = length;
    return true;
}

static void run(const Case *test, Pieces pieces, Result *out_result)
{
    Error error;
    AUTO_DECODER decoder = NULL;
    *out_result = (Result){.test = test};
    buffer_init(&out_result->text, CASE_BYTES_MAX);
    if (!decode_open(&test->options, &decoder, &error)) {
        assert_int_equal(error.kind, ERROR_FATAL);
        assert_true(buffer_append_format(&out_result->text, "fatal: %s\n", error.message));
        return;
    }
    bool is_decoded = false;
    /* Twice, because what the first pass has learned about the keys must not change the second. */
    for (int i = 0; i < 2; i++) {
        buffer_clear(&out_result->text);
        out_result->rows = out_result->rejects = 0;
        Pieces again = pieces;
        again.rest = test->input;
        DecodeSource source = {read_piece, &again};
        DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = out_result};
        is_decoded = decode_object(decoder, OBJECT, RUN, &source, &sink, &out_result->counts, &error);
        if (!is_decoded) {
            assert_int_equal(error.kind, ERROR_REJECT);
            continue;
        }
        assert_int_equal(out_result->counts.rows, out_result->rows);
        assert_int_equal(out_result->counts.rejects, out_result->rejects);
        assert_int_equal(out_result->counts.bytes, test->input.length);
    }
    sort_lines(&out_result->text);
    if (!is_decoded)
        assert_true(buffer_append_format(&out_result->text, "failed: %s\n", error.message));
    if (test->is_counting)
        assert_true(
            buffer_append_format(&out_result->text, "unknown in %" PRId64 " rows\n", out_result->counts.unknown));
}

static void parse_type(char *type, Column *column)
{
    static const char *const names[] = {"text",    "smallint", "integer", "bigint",    "real",        "double",
                                        "numeric", "boolean",  "date",    "timestamp", "timestamptz", "jsonb"};
    char *not_null = strstr(type, " not null");
    column->is_not_null = not_null != NULL;
    if (not_null)
        *not_null = '\0';
    if (sscanf(type, "varchar(%d)", &column->length_max) == 1)
        return;
    if (sscanf(type, "numeric(%hd,%hd)", &column->precision, &column->scale) == 2) {
        column->type = COLUMN_NUMERIC;
        return;
    }
    size_t i = 0;
    while (i < sizeof(names) / sizeof(names[0]) && strcmp(names[i], type) != 0)
        i++;
    assert_true(i < sizeof(names) / sizeof(names[0]));
    column->type = (ColumnType)i;
}

/* name type; name type not null; … */
static void parse_columns(char *list, Case *test)
{
    size_t count = 0;
    for (char *column = strtok(list, ";"); column; column = strtok(NULL, ";")) {
        column += strspn(column, " ");
        char *type = strchr(column, ' ');
        assert_non_null(type);
        *type++ = '\0';
        test->columns[count] = (Column){.name = column};
        parse_type(type, &test->columns[count++]);
    }
    test->options.columns = test->columns;
    test->options.column_count = count;
}

static void parse_mapping(char *mapping, DecodeOptions *options)
{
    options->mapping = JSON_PATHS;
    options->jsonpaths = slice_from_text(mapping);
    if (strcmp(mapping, "auto") == 0)
        options->mapping = JSON_AUTO;
    else if (strcmp(mapping, "auto ignorecase") == 0)
        options->mapping = JSON_AUTO_IGNORECASE;
}

static void parse_time(const char *time, DecodeOptions *options)
{
    options->time_format = strcmp(time, "epochsecs") == 0        ? TIME_FORMAT_EPOCH_SECONDS
                           : strcmp(time, "epochmillisecs") == 0 ? TIME_FORMAT_EPOCH_MILLISECONDS
                                                                 : TIME_FORMAT_AUTO;
}

static char *read_file(const char *path, size_t *out_length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = memory_alloc_zeroed(1, MIB);
    *out_length = fread(text, 1, MIB - 1, file);
    fclose(file);
    return text;
}

static void parse_unknown(const char *mode, Case *test)
{
    test->is_counting = true;
    test->options.on_unknown = strcmp(mode, "rescue") == 0   ? UNKNOWN_RESCUE
                               : strcmp(mode, "reject") == 0 ? UNKNOWN_REJECT
                                                             : UNKNOWN_IGNORE;
}

/* Header lines "key: value", then "--- input", "--- expected"; the line break before the latter is not input. */
static void read_case(const char *path, Case *out_case)
{
    size_t length;
    Case *test = out_case;
    *test = (Case){.options.mapping = JSON_AUTO};
    test->text = read_file(path, &length);
    char *input = memmem(test->text, length, "--- input\n", 10);
    char *expected = memmem(test->text, length, "\n--- expected\n", 14);
    if (!input || !expected) {
        fail_msg("%s has no input or expectation", path);
        return;
    }
    *input = '\0';
    input += 10;
    if (expected < input)
        expected = input;
    test->input = (Slice){input, (size_t)(expected - input)};
    expected = strstr(expected, "--- expected\n") + 13;
    test->expected = (Slice){expected, (size_t)(test->text + length - expected)};

    for (char *line = test->text; *line;) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        if (strncmp(line, "columns: ", 9) == 0)
            parse_columns(line + 9, test);
        else if (strncmp(line, "mapping: ", 9) == 0)
            parse_mapping(line + 9, &test->options);
        else if (strncmp(line, "time: ", 6) == 0)
            parse_time(line + 6, &test->options);
        else if (strncmp(line, "unknown: ", 9) == 0)
            parse_unknown(line + 9, test);
        else if (line[0] != '#')
            fail_msg("%s: unknown line %s", path, line);
        line = end + 1;
    }
}

static void check_case(const char *path)
{
    static const Pieces pieces[] = {
        {.size_max = MIB}, {.size_max = 1}, {.size_max = 7}, {.size_max = 40, .seed = 1}, {.size_max = 5, .seed = 2}};
    Case test;
    read_case(path, &test);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        Result result;
        run(&test, pieces[i], &result);
        if (!slice_equals(buffer_slice(&result.text), test.expected)) {
            /* cmocka cuts its messages at 1,024 bytes. */
            fprintf(stderr, "%s, reads of %zu bytes\n--- got\n%s--- expected\n%s", path, pieces[i].size_max,
                    buffer_slice(&result.text).data, test.expected.data);
            fail_msg("%s", path);
        }
        buffer_done(&result.text);
    }
    free(test.text);
}

static void test_vectors(void **state)
{
    (void)state;
    struct dirent **entries;
    int count = scandir(VECTORS "/decode", &entries, NULL, alphasort);
    int cases = 0;
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *path = memory_format("%s/decode/%s", VECTORS, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            check_case(path);
            cases++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(cases > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
