/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that go on and on without a row, made while they are read: whatever the stretch is made of,
 * LIMIT_ROWLESS_BYTES of it are the most that anybody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "decode/decode.h"

/* What the decoder has read ahead at most. */
#define AHEAD_BYTES (2 * LIMIT_DOCUMENT_BYTES)

/* The beginning, then one byte again and again. */
typedef struct Stretch {
    Slice beginning;
    char byte;
    size_t length;
    size_t read;
    int64_t rejects;
} Stretch;

static bool read_stretch(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    (void)error;
    Stretch *stretch = context;
    size_t left = stretch->beginning.length + stretch->length - stretch->read;
    *out_length = left < size ? left : size;
    for (size_t i = 0; i < *out_length; i++, stretch->read++) {
        bytes[i] = stretch->byte;
        if (stretch->read < stretch->beginning.length)
            bytes[i] = stretch->beginning.data[stretch->read];
    }
    return true;
}

static bool take_rows(void *context, Slice rows, Error *error)
{
    (void)context, (void)rows, (void)error;
    return true;
}

/* As MAX_ERRORS allows it. */
static bool take_reject(void *context, const Reject *reject, Error *error)
{
    (void)reject, (void)error;
    Stretch *stretch = context;
    stretch->rejects++;
    return true;
}

static bool decode(Stretch *stretch, DecodeCounts *out_counts, Error *error)
{
    static const Column columns[] = {{.name = "a"}};
    const DecodeOptions options = {.columns = columns, .column_count = 1, .mapping = JSON_AUTO};
    AUTO_DECODER decoder = NULL;
    assert_true(decode_open(&options, &decoder, error));
    DecodeSource source = {read_stretch, stretch};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = stretch};
    return decode_object(decoder, 1, 2, &source, &sink, out_counts, error);
}

#define ROW "{\"a\":\"x\"}\n"

static const struct Kind {
    Slice beginning;
    char byte;
    int64_t rejects;
} kinds[] = {
    {SLICE(ROW), ' ', 0},                    /* blanks */
    {SLICE(ROW), '\0', 1},                   /* a line that is no JSON, without an end */
    {SLICE(ROW "{\"a\":1 rubbish"), 'x', 1}, /* likewise */
    {SLICE(ROW "{\"a\":\""), 'x', 1},        /* a string without an end */
    {SLICE(ROW "{\"a\":"), '[', 1},          /* brackets */
};

static void test_nobody_reads_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        Stretch stretch = {.beginning = kinds[i].beginning, .byte = kinds[i].byte, .length = 2 * LIMIT_ROWLESS_BYTES};
        DecodeCounts counts;
        Error error;
        assert_false(decode(&stretch, &counts, &error));
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_non_null(strstr(error.message, "more than 64 MiB in which there is no row"));
        assert_in_range(stretch.read, LIMIT_ROWLESS_BYTES, LIMIT_ROWLESS_BYTES + AHEAD_BYTES);
        assert_int_equal(stretch.rejects, kinds[i].rejects);
    }
}

static void test_shorter_ones_are_read(void **state)
{
    (void)state;
    Stretch blanks = {.beginning = SLICE(ROW), .byte = ' ', .length = LIMIT_ROWLESS_BYTES - MIB};
    DecodeCounts counts;
    Error error;
    assert_true(decode(&blanks, &counts, &error));
    assert_int_equal(counts.rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_reads_on),
        cmocka_unit_test(test_shorter_ones_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
