/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON text to binary COPY rows, in one pass: the decode step of the line. Pure: no clock, no network, no log, and no
 * allocation per row. Values are delimited by JSON, not by newlines. What each JSON value becomes in each column type
 * is docs/conversion.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

typedef enum ColumnType {
    COLUMN_TEXT, /* text, varchar(n), char(n) */
    COLUMN_SMALLINT,
    COLUMN_INTEGER,
    COLUMN_BIGINT,
    COLUMN_REAL,
    COLUMN_DOUBLE,
    COLUMN_NUMERIC, /* numeric, numeric(precision, scale) */
    COLUMN_BOOLEAN,
    COLUMN_DATE,
    COLUMN_TIMESTAMP,
    COLUMN_TIMESTAMPTZ,
    COLUMN_JSONB,
} ColumnType;

typedef struct Column {
    const char *name; /* borrowed; must outlive the decoder */
    ColumnType type;
    int32_t length_max; /* varchar(n), char(n): characters; 0: no limit */
    int16_t precision;  /* numeric(precision, scale); 0: no limit */
    int16_t scale;
    bool is_not_null;
} Column;

typedef enum TimeFormat { TIME_FORMAT_AUTO, TIME_FORMAT_EPOCH_SECONDS, TIME_FORMAT_EPOCH_MILLISECONDS } TimeFormat;

typedef enum JsonMapping { JSON_PATHS, JSON_AUTO, JSON_AUTO_IGNORECASE } JsonMapping;

/* What becomes of the top-level fields that no column asks for: that are no column's name, or that no path begins
 * with. UNKNOWN_RESCUE: they, and values that do not fit their column, go into one column more. */
typedef enum OnUnknown { UNKNOWN_IGNORE, UNKNOWN_REJECT, UNKNOWN_RESCUE } OnUnknown;

typedef struct DecodeOptions {
    const Column *columns; /* the staging table's, without those that copyfleet adds; borrowed during decode_open */
    size_t column_count;
    JsonMapping mapping;
    Slice jsonpaths; /* JSON_PATHS: the text of the jsonpaths file, as hostile as any other input */
    TimeFormat time_format;
    OnUnknown on_unknown;
} DecodeOptions;

/* A row that was refused. All pointers are valid during the call only. */
typedef struct Reject {
    int64_t ordinal;     /* of the row within its object, from 0, rejected rows counted */
    int64_t line;        /* of the place that is wrong, from 1 */
    int64_t byte_offset; /* of the place that is wrong, within the decompressed object, from 0 */
    const char *column;  /* NULL if no column's value is to blame */
    const char *reason;  /* a sentence's end: "is not an integer" */
    Slice raw;           /* the row's text, cut at LIMIT_REJECT_RAW_BYTES; may hold any byte */
} Reject;

/* Where the text comes from. Reads up to size bytes; *out_length 0 is the end. */
typedef struct DecodeSource {
    bool (*read)(void *context, char *bytes, size_t size, size_t *out_length, Error *error);
    void *context;
} DecodeSource;

/* Where the rows go: whole binary COPY rows, many at a time. */
typedef struct DecodeSink {
    bool (*write_rows)(void *context, Slice rows, Error *error);
    bool (*write_reject)(void *context, const Reject *reject, Error *error);
    void *context;
    int64_t refused_row; /* the row that the warehouse did not take, from 1, among those for write_rows; 0: none. It
                            goes to write_reject too, which is to end the object */
    const char *refusal; /* why it did not */
} DecodeSink;

typedef struct DecodeCounts {
    int64_t rows;    /* handed to write_rows */
    int64_t rejects; /* handed to write_reject */
    int64_t unknown; /* of these two, those with fields that no column asks for, or with rescued values */
    int64_t bytes;   /* read */
} DecodeCounts;

/* How much of a column the rows of an object fill. */
typedef enum ColumnFill {
    COLUMN_ABSENT, /* no row has its field */
    COLUMN_NULL,   /* a row has its field, but the column got NULL in each: from null, an empty text, a rescued value */
    COLUMN_FILLED,
} ColumnFill;

/* Names of fields that no column asks for which are kept of an object: as many as a person reads. */
#define DECODE_UNKNOWN_NAMES_MAX 100

typedef struct DecodeUnknown {
    char *name; /* as the document writes it, cut; valid UTF-8 without NUL */
    int64_t rows;
} DecodeUnknown;

typedef struct Decoder Decoder;

/* Checks the mapping against the columns. FATAL if the jsonpaths are no such file or their number is not that of the
 * columns: the sentence says which. */
bool decode_open(const DecodeOptions *options, Decoder **out_decoder, Error *error) MUST_USE;
void decode_close(Decoder *decoder);
static inline void decode_auto_close(Decoder **decoder)
{
    decode_close(*decoder);
}
#define AUTO_DECODER AUTO(Decoder *, decode_auto_close)

/* Decodes one object to its end. Each top-level JSON value is a row. After the table's own columns a row has three
 * more: object, run and ordinal, as bigint; with UNKNOWN_RESCUE it has a fourth, as jsonb: the rescued values, or NULL.
 * A line that is no JSON is one reject if rows are one a line, and reading goes on at the next line (reader.h). Fails
 * if the source or the sink fails. REJECT if the object has more than LIMIT_OBJECT_ROWS rows, if it cannot be told how
 * many rows are lost, or if no row comes for too long. After a failure too, the decoder may be used for the next
 * object. */
bool decode_object(Decoder *decoder, int64_t object, int64_t run, const DecodeSource *source, const DecodeSink *sink,
                   DecodeCounts *out_counts, Error *error) MUST_USE;

/* What the rows that were written had of the columns, of the object that was decoded last: to be asked by the
 * functions of fields.h. */
const struct Fields *decode_fields(const Decoder *decoder);
