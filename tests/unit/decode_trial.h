/* SPDX-License-Identifier: Apache-2.0
 *
 * An object that a test writes, the other side of the decoder, and what came out. Included after cmocka.h. */
#pragma once

#include <stdio.h>
#include <string.h>

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
    DecodeCounts counts; /* of the last object */
    Error error;         /* why it failed, if it did */
} Trial;

static inline bool read_piece(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
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

static inline bool take_rows(void *context, Slice rows, Error *error)
{
    Trial *trial = context;
    trial->row_bytes += rows.length;
    trial->largest_write = rows.length > trial->largest_write ? rows.length : trial->largest_write;
    return !trial->is_sink_broken || error_set(error, ERROR_OUTAGE, "the warehouse is gone");
}

static inline bool take_reject(void *context, const Reject *reject, Error *error)
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

static inline void add(Trial *trial, const char *text)
{
    assert_true(buffer_append_text(&trial->text, text));
}

static inline void fill(Trial *trial, char byte, size_t count)
{
    assert_true(buffer_reserve(&trial->text, count));
    memset(trial->text.data + trial->text.length, byte, count);
    trial->text.length += count;
    trial->text.data[trial->text.length] = '\0';
}

static const Column text_column[] = {{.name = "a"}};
static const DecodeOptions text_options = {.columns = text_column, .column_count = 1, .mapping = JSON_AUTO};

static inline bool decode_by(Decoder *decoder, Trial *trial, int64_t refused_row)
{
    DecodeSource source = {read_piece, trial};
    DecodeSink sink = {.write_rows = take_rows,
                       .write_reject = take_reject,
                       .context = trial,
                       .refused_row = refused_row,
                       .refusal = "is not wanted"};
    return decode_object(decoder, 1, 2, &source, &sink, &trial->counts, &trial->error);
}

static inline bool decode(Trial *trial, const DecodeOptions *options)
{
    AUTO_DECODER decoder = NULL;
    assert_true(decode_open(options, &decoder, &trial->error));
    return decode_by(decoder, trial, 0);
}

static inline void begin(Trial *trial, size_t piece)
{
    *trial = (Trial){.piece = piece};
    buffer_init(&trial->text, TEXT_MAX);
}

/* {"a":"xxx…"} of exactly length bytes. */
static inline void add_document(Trial *trial, size_t length)
{
    add(trial, "{\"a\":\"");
    fill(trial, 'x', length - 8);
    add(trial, "\"}");
}
