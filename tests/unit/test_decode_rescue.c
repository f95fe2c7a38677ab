/* SPDX-License-Identifier: Apache-2.0
 *
 * Random documents with fields that no column asks for and values that do not fit: what jansson finds of these in a
 * document, and nothing else, must stand in _rescued, for which jsonb has a place. DECODE_ORACLE_SEED and
 * DECODE_ORACLE_DOCUMENTS try others. */
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

static const Column columns[] = {
    {.name = "short", .length_max = 3},       {.name = "number", .type = COLUMN_DOUBLE},
    {.name = "whole", .type = COLUMN_BIGINT}, {.name = "inner", .type = COLUMN_BOOLEAN},
    {.name = "list", .type = COLUMN_JSONB},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static const char paths[] = "{\"jsonpaths\":[\"$.text\",\"$.number\",\"$.integer\",\"$.inner.key\",\"$.list\"]}";

typedef struct Outcome {
    Slice rest; /* of the document */
    bool is_null[COLUMN_COUNT];
    json_t *rescued;
} Outcome;

static bool read_all(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    (void)error;
    Outcome *outcome = context;
    assert_true(outcome->rest.length <= size);
    *out_length = outcome->rest.length;
    memcpy(bytes, outcome->rest.data, *out_length);
    outcome->rest.length = 0;
    return true;
}

static bool take_field(Slice *rest, Slice *out_field)
{
    const unsigned char *p = (const unsigned char *)rest->data;
    uint32_t length = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    bool is_there = length != UINT32_MAX;
    *out_field = (Slice){rest->data + 4, is_there ? length : 0};
    *rest = (Slice){out_field->data + out_field->length, rest->length - 4 - out_field->length};
    return is_there;
}

static bool take_row(void *context, Slice row, Error *error)
{
    (void)error;
    Outcome *outcome = context;
    Slice field;
    row = (Slice){row.data + 2, row.length - 2};
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        outcome->is_null[i] = !take_field(&row, &field);
    for (int i = 0; i < 3; i++)
        assert_true(take_field(&row, &field));
    if (!take_field(&row, &field)) {
        outcome->rescued = json_object();
    } else {
        /* Strictly: no \u0000 anywhere. */
        json_error_t reason;
        assert_int_equal(field.data[0], 1);
        outcome->rescued = json_loadb(field.data + 1, field.length - 1, 0, &reason);
        if (!outcome->rescued)
            fail_msg("%s: %.*s", reason.text, SLICE_ARGUMENTS(field));
        assert_true(json_object_size(outcome->rescued) > 0);
    }
    assert_int_equal(row.length, 0);
    return true;
}

static bool count_reject(void *context, const Reject *reject, Error *error)
{
    (void)context, (void)reject, (void)error;
    return true;
}

static unsigned rescued_fields;
static unsigned rescued_misfits;
static unsigned rescued_texts;

/* As it is; or, of what jsonb cannot hold, its text. */
static void check_value(const char *name, const json_t *value, const json_t *rescued)
{
    if (!rescued)
        fail_msg("%s is lost", name);
    if (json_equal(value, rescued))
        return;
    assert_true(json_is_string(rescued));
    const char *text = json_string_value(rescued);
    assert_true(strstr(text, "\\u0000") || strstr(text, "e") || strstr(text, "E"));
    json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_true(json_equal(value, again));
    json_decref(again);
    rescued_texts++;
}

static bool is_blank(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strspn(text, " \n\r\t") == json_string_length(value);
}

static void check_rescued(const Outcome *outcome, json_t *document)
{
    size_t expected = 0;
    const char *name;
    json_t *value;
    json_object_foreach(document, name, value)
    {
        static const char *const known[] = {"text", "number", "integer", "inner", "list"};
        bool is_known = false;
        for (size_t i = 0; i < COLUMN_COUNT; i++)
            is_known |= strcmp(known[i], name) == 0;
        if (is_known)
            continue;
        check_value(name, value, json_object_get(outcome->rescued, name));
        expected++;
        rescued_fields++;
    }
    const json_t *values[] = {
        json_object_get(document, "text"),    json_object_get(document, "number"),
        json_object_get(document, "integer"), json_object_get(json_object_get(document, "inner"), "key"),
        json_object_get(document, "list"),
    };
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        bool is_for_text = columns[i].type == COLUMN_TEXT || columns[i].type == COLUMN_JSONB;
        bool is_nothing = !values[i] || json_is_null(values[i]) || (!is_for_text && is_blank(values[i]));
        if (is_nothing || !outcome->is_null[i])
            continue;
        check_value(columns[i].name, values[i], json_object_get(outcome->rescued, columns[i].name));
        expected++;
        rescued_misfits++;
    }
    assert_int_equal(json_object_size(outcome->rescued), expected);
}

static void check_document(Decoder *decoder, Slice text)
{
    json_error_t reason;
    json_t *document = json_loadb(text.data, text.length, JSON_ALLOW_NUL, &reason);
    if (!document && json_error_code(&reason) == json_error_numeric_overflow)
        return; /* numbers are kept as text */
    Error error;
    DecodeCounts counts;
    Outcome outcome = {.rest = text};
    DecodeSource source = {read_all, &outcome};
    DecodeSink sink = {.write_rows = take_row, .write_reject = count_reject, .context = &outcome};
    assert_true(decode_object(decoder, 1, 1, &source, &sink, &counts, &error));
    assert_int_equal(counts.rows, document != NULL);
    if (document) {
        check_rescued(&outcome, document);
        assert_int_equal(counts.unknown, json_object_size(outcome.rescued) > 0);
    }
    json_decref(outcome.rescued);
    json_decref(document);
}

static unsigned long read_environment(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);
    return value ? strtoul(value, NULL, 10) : otherwise;
}

static void test_nothing_is_lost(void **state)
{
    (void)state;
    seed = read_environment("DECODE_ORACLE_SEED", 20181102);
    unsigned long documents = read_environment("DECODE_ORACLE_DOCUMENTS", 40000);
    Error error;
    AUTO_DECODER decoder = NULL;
    DecodeOptions options = {.columns = columns,
                             .column_count = COLUMN_COUNT,
                             .mapping = JSON_PATHS,
                             .jsonpaths = slice_from_text(paths),
                             .on_unknown = UNKNOWN_RESCUE};
    assert_true(decode_open(&options, &decoder, &error));
    AUTO_BUFFER text = {0};
    buffer_init(&text, MIB);
    for (unsigned long i = 0; i < documents; i++) {
        buffer_clear(&text);
        add_members(&text, 0, true);
        check_document(decoder, buffer_slice(&text));
    }
    assert_true(rescued_fields > documents / 2 && rescued_misfits > documents / 4 && rescued_texts > documents / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
