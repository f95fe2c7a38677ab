/* SPDX-License-Identifier: Apache-2.0
 *
 * Random documents, half of them damaged, read by decode and by jansson: both must take the same ones for JSON and find
 * the same values in them. The seed is fixed; DECODE_ORACLE_SEED and DECODE_ORACLE_DOCUMENTS try others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "decode/decode.h"
#include "decode_documents.h"
#include "pieces.h"

static const Column columns[] = {
    {.name = "text"},
    {.name = "number", .type = COLUMN_DOUBLE},
    {.name = "integer", .type = COLUMN_BIGINT},
    {.name = "inner"},
    {.name = "element"},
    {.name = "list", .type = COLUMN_JSONB},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static const char paths[] =
    "{\"jsonpaths\":[\"$.text\",\"$.number\",\"$['integer']\",\"$.inner.key\",\"$.list[1]\",\"$.list\"]}";

/* Replaces, removes or doubles a few bytes. */
static void damage(Buffer *text)
{
    static const char marks[] = "\"\\{}[]:,0-.eE+tfn \n\x01\x80\xC3u";
    for (unsigned i = random_below(3); i > 0 && text->length > 1; i--) {
        size_t place = random_below((unsigned)text->length - 1);
        switch (random_below(3)) {
        case 0:
            text->data[place] = marks[random_below(sizeof(marks) - 1)];
            break;
        case 1:
            memmove(text->data + place, text->data + place + 1, text->length - place - 1);
            text->length--;
            break;
        default:
            text->length = place + 1;
            break;
        }
    }
}

/* What decode made of one document. */
typedef struct Outcome {
    unsigned ordinals;
    bool is_json;
    bool is_row;
    char column[64]; /* of a value that was rejected */
    char reason[128];
    Buffer row;
} Outcome;

static bool take_rows(void *context, Slice rows, Error *error)
{
    (void)error;
    Outcome *outcome = context;
    outcome->is_row = outcome->is_json = true;
    buffer_clear(&outcome->row);
    assert_true(buffer_append(&outcome->row, rows));
    outcome->ordinals++;
    return true;
}

static bool take_reject(void *context, const Reject *reject, Error *error)
{
    (void)error;
    Outcome *outcome = context;
    outcome->ordinals++;
    outcome->is_json = reject->column || strcmp(reject->reason, "is not a JSON object") == 0;
    /* Characters that are none have a column where they stand in one, and are no JSON all the same. */
    if (strcmp(reject->reason, "is not valid UTF-8") == 0 || strstr(reject->reason, "surrogate"))
        outcome->is_json = false;
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", reject->reason);
    snprintf(outcome->column, sizeof(outcome->column), "%s", reject->column ? reject->column : "");
    return true;
}

static bool next_field(Slice *rest, Slice *out_field)
{
    const unsigned char *p = (const unsigned char *)rest->data;
    uint32_t length = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    bool is_null = length == UINT32_MAX;
    length = is_null ? 0 : length;
    *out_field = (Slice){rest->data + 4, length};
    *rest = (Slice){rest->data + 4 + length, rest->length - 4 - length};
    return !is_null;
}

static uint64_t read_bits(Slice field)
{
    assert_int_equal(field.length, 8);
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | (unsigned char)field.data[i];
    return bits;
}

static void check_text(Slice field, const json_t *value)
{
    char number[64] = "";
    if (json_is_number(value) && field.length < sizeof(number))
        memcpy(number, field.data, field.length);
    if (json_is_string(value)) {
        assert_int_equal(field.length, json_string_length(value));
        assert_memory_equal(field.data, json_string_value(value), field.length);
    } else if (json_is_integer(value)) {
        assert_true(strtoll(number, NULL, 10) == json_integer_value(value));
    } else if (json_is_real(value)) {
        assert_true(strtod(number, NULL) == json_real_value(value));
    } else if (json_is_boolean(value)) {
        assert_true(slice_equals(field, slice_from_text(json_is_true(value) ? "true" : "false")));
    } else {
        json_error_t error;
        json_t *again = json_loadb(field.data, field.length, JSON_ALLOW_NUL, &error);
        assert_true(json_equal(again, value));
        json_decref(again);
    }
}

static void check_field(const Column *column, bool is_there, Slice field, const json_t *value)
{
    bool is_null = !value || json_is_null(value);
    if (column->type == COLUMN_TEXT || column->type == COLUMN_JSONB)
        assert_int_equal(is_there, !is_null);
    if (!is_there || json_is_string(value))
        return;
    assert_false(is_null);
    if (column->type == COLUMN_TEXT) {
        check_text(field, value);
    } else if (column->type == COLUMN_DOUBLE) {
        double expected = json_number_value(value);
        uint64_t bits = read_bits(field);
        double got;
        memcpy(&got, &bits, sizeof(got));
        assert_true(got == expected);
    } else if (column->type == COLUMN_BIGINT) {
        int64_t got = (int64_t)read_bits(field);
        assert_true(json_is_integer(value) ? got == json_integer_value(value) : (double)got == json_real_value(value));
    } else {
        assert_true(field.length > 1 && field.data[0] == 1);
        json_t *again = json_loadb(field.data + 1, field.length - 1, JSON_DECODE_ANY, NULL);
        assert_true(json_equal(again, value));
        json_decref(again);
    }
}

static void check_row(Slice row, const json_t *document)
{
    const json_t *list = json_object_get(document, "list");
    const json_t *values[] = {
        json_object_get(document, "text"),
        json_object_get(document, "number"),
        json_object_get(document, "integer"),
        json_object_get(json_object_get(document, "inner"), "key"),
        json_array_get(list, 1),
        list,
    };
    Slice rest = {row.data + 2, row.length - 2};
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        Slice field;
        bool is_there = next_field(&rest, &field);
        check_field(&columns[i], is_there, field, values[i]);
    }
}

/* A rejected value must be one that its column cannot hold. */
static void check_reject(const Outcome *outcome, const json_t *document, Slice text)
{
    if (!json_is_object(document)) {
        assert_string_equal(outcome->column, "");
        return;
    }
    const json_t *value = json_object_get(document, outcome->column);
    if (strcmp(outcome->column, "number") == 0)
        assert_false(json_is_number(value));
    else if (strcmp(outcome->column, "integer") == 0)
        assert_false(json_is_integer(value));
    else
        assert_true(strstr(outcome->reason, "that jsonb cannot hold") || memmem(text.data, text.length, "\\u0000", 6));
}

static unsigned accepted;
static unsigned refused;

static void check_document(Decoder *decoder, Slice text, Outcome *outcome)
{
    json_error_t reason;
    json_t *document = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);
    if (!document && (json_error_code(&reason) == json_error_numeric_overflow ||
                      json_error_code(&reason) == json_error_null_byte_in_key))
        return; /* numbers are kept as text, and unknown keys are none of our business */

    Error error;
    DecodeCounts counts;
    Pieces pieces = {text, 1 + random_below(64)};
    DecodeSource source = {read_piece, &pieces};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = outcome};
    outcome->ordinals = 0;
    outcome->is_row = outcome->is_json = false;
    bool is_decoded = decode_object(decoder, 1, 1, &source, &sink, &counts, &error);
    assert_true(is_decoded || error.kind == ERROR_REJECT);

    bool is_json = outcome->ordinals == 1 && outcome->is_json;
    if (is_json != (document != NULL))
        fail_msg("jansson %s, decode %s: %.*s", document ? "accepts" : reason.text, is_json ? "accepts" : "refuses",
                 SLICE_ARGUMENTS(text));
    if (document && outcome->is_row)
        check_row(buffer_slice(&outcome->row), document);
    else if (document)
        check_reject(outcome, document, text);
    *(document ? &accepted : &refused) += 1;
    json_decref(document);
}

static unsigned long read_environment(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);
    return value ? strtoul(value, NULL, 10) : otherwise;
}

static void test_same_as_jansson(void **state)
{
    (void)state;
    seed = read_environment("DECODE_ORACLE_SEED", 20181101);
    unsigned long documents = read_environment("DECODE_ORACLE_DOCUMENTS", 40000);
    Error error;
    AUTO_DECODER decoder = NULL;
    DecodeOptions options = {
        .columns = columns, .column_count = COLUMN_COUNT, .mapping = JSON_PATHS, .jsonpaths = slice_from_text(paths)};
    assert_true(decode_open(&options, &decoder, &error));
    AUTO_BUFFER text = {0};
    buffer_init(&text, MIB);
    Outcome outcome = {0};
    buffer_init(&outcome.row, MIB);
    for (unsigned long i = 0; i < documents; i++) {
        buffer_clear(&text);
        if (random_below(20) == 0)
            add_value(&text, 0);
        else
            add_members(&text, 0, true);
        if (i % 2 == 0)
            damage(&text);
        check_document(decoder, buffer_slice(&text), &outcome);
    }
    buffer_done(&outcome.row);
    assert_true(accepted > documents / 4 && refused > documents / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
