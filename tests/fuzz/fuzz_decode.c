/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an object, a mapping of every kind and every column type: decode must neither crash nor write a row that
 * is none, and the size of the reads must not matter. The first line of the input is the text of a jsonpaths file. */
#include <assert.h>
#include <stdint.h>

#include "../unit/pieces.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "decode/decode.h"
#include "fuzz.h"

static const Column columns[] = {
    {.name = "a"},
    {.name = "b", .length_max = 3},
    {.name = "s", .type = COLUMN_SMALLINT},
    {.name = "i", .type = COLUMN_INTEGER, .is_not_null = true},
    {.name = "l", .type = COLUMN_BIGINT},
    {.name = "r", .type = COLUMN_REAL},
    {.name = "d", .type = COLUMN_DOUBLE},
    {.name = "n", .type = COLUMN_NUMERIC},
    {.name = "p", .type = COLUMN_NUMERIC, .precision = 5, .scale = 2},
    {.name = "t", .type = COLUMN_BOOLEAN},
    {.name = "u", .type = COLUMN_DATE},
    {.name = "v", .type = COLUMN_TIMESTAMP},
    {.name = "w", .type = COLUMN_TIMESTAMPTZ},
    {.name = "j", .type = COLUMN_JSONB},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

typedef struct Pass {
    Pieces pieces;
    Buffer out;
} Pass;

static uint32_t read_length(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static Slice skip_field(Slice rows)
{
    assert(rows.length >= 4);
    uint32_t length = read_length(rows.data);
    length = length == UINT32_MAX ? 0 : length;
    assert(length <= rows.length - 4);
    return (Slice){rows.data + 4 + length, rows.length - 4 - length};
}

/* The rows' outer form. */
static void check_rows(Slice rows, size_t column_count)
{
    while (rows.length > 0) {
        assert(rows.length > 2);
        assert((size_t)((unsigned char)rows.data[0] << 8 | (unsigned char)rows.data[1]) == column_count);
        rows = (Slice){rows.data + 2, rows.length - 2};
        for (size_t i = 0; i < column_count; i++)
            rows = skip_field(rows);
    }
}

static size_t checked_columns; /* with those that copyfleet adds */

static bool take_rows(void *context, Slice rows, Error *error)
{
    (void)error;
    Pass *pass = context;
    check_rows(rows, checked_columns);
    return buffer_append(&pass->out, rows);
}

static bool take_reject(void *context, const Reject *reject, Error *error)
{
    (void)error;
    Pass *pass = context;
    assert(reject->line > 0 && reject->raw.length <= LIMIT_REJECT_RAW_BYTES);
    return buffer_append_format(&pass->out, "%lld %lld %lld %s %s", (long long)reject->ordinal, (long long)reject->line,
                                (long long)reject->byte_offset, reject->column ? reject->column : "", reject->reason) &&
           buffer_append(&pass->out, reject->raw);
}

static void run(Decoder *decoder, Slice text, size_t piece, Pass *pass)
{
    Error error;
    DecodeCounts counts;
    *pass = (Pass){.pieces = {text, piece}};
    buffer_init(&pass->out, 256 * MIB);
    DecodeSource source = {read_piece, &pass->pieces};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = pass};
    bool is_decoded = decode_object(decoder, 1, 1, &source, &sink, &counts, &error);
    if (!is_decoded) {
        assert(error.kind == ERROR_REJECT);
        fuzz_check_error(&error);
        is_decoded = buffer_append_text(&pass->out, error.message);
    } else {
        assert(counts.unknown <= counts.rows + counts.rejects);
    }
    assert(is_decoded);
}

static void check(const DecodeOptions *options, Slice text, size_t piece)
{
    Error error;
    AUTO_DECODER decoder = NULL;
    checked_columns = options->column_count + (options->on_unknown == UNKNOWN_RESCUE ? 4 : 3);
    if (!decode_open(options, &decoder, &error)) {
        assert(options->mapping == JSON_PATHS && error.kind == ERROR_FATAL);
        fuzz_check_error(&error);
        return;
    }
    Pass whole, pieces;
    run(decoder, text, SIZE_MAX, &whole);
    run(decoder, text, piece, &pieces);
    assert(slice_equals(buffer_slice(&whole.out), buffer_slice(&pieces.out)));
    buffer_done(&whole.out);
    buffer_done(&pieces.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = {(const char *)data, size};
    uint32_t seed = fuzz_seed(text);
    size_t piece = fuzz_choose(&seed, 2) == 0 ? 1 : 13;
    size_t kind = fuzz_choose(&seed, 7);
    DecodeOptions options = {.columns = columns, .column_count = COLUMN_COUNT, .mapping = JSON_AUTO};
    options.on_unknown = (OnUnknown)fuzz_choose(&seed, 3);
    if (kind < 3) {
        options.mapping = kind == 1 ? JSON_AUTO_IGNORECASE : JSON_AUTO;
        options.time_format = (TimeFormat)kind;
    } else {
        options.mapping = JSON_PATHS;
        options.column_count = kind - 2;
        options.jsonpaths = fuzz_take_line(&text);
    }
    check(&options, text, piece);
    return 0;
}
