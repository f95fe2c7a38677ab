/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/convert.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "decode/numeric.h"
#include "decode/text.h"
#include "decode/timestamp.h"

#define REASON_NO_NUMBER "is not a number"
#define REASON_NO_TIME "is not a date or time"
#define REASON_TIME_RANGE "is out of PostgreSQL's range of dates and times"
#define REASON_NUL "contains a NUL character, which a text column cannot hold"

void convert_prepare(const Column *column, TimeFormat time_format, ConvertTarget *out_target)
{
    ConvertTarget *target = out_target;
    *target = (ConvertTarget){
        .type = column->type,
        .time_format = time_format,
        .length_max = column->length_max > 0 ? (uint32_t)column->length_max : UINT32_MAX,
        .precision = column->precision,
        .scale = column->scale,
        .is_not_null = column->is_not_null,
        .name = memory_copy_text(column->name),
    };
    if (column->type == COLUMN_NUMERIC)
        target->too_large = column->precision > 0
                                ? memory_format("is out of range for numeric(%d,%d)", column->precision, column->scale)
                                : memory_copy_text("has more digits than numeric is loaded with");
    else
        target->too_large = memory_format("is longer than varchar(%d)", column->length_max);
}

void convert_done(ConvertTarget *target)
{
    free(target->name);
    free(target->too_large);
}

static inline void put_length(char **out, uint32_t length)
{
    binary_put_32(*out, length);
    *out += 4;
}

static inline const char *put_null(const ConvertTarget *target, char **out)
{
    if (target->is_not_null)
        return "is null, and the column is NOT NULL";
    put_length(out, UINT32_MAX);
    return NULL;
}

static const char *put_text(const ConvertTarget *target, const Value *value, char **out)
{
    Slice text = value_text(value);
    if (text.length > target->length_max && text_count_characters(text) > target->length_max)
        return target->too_large;
    if (value->kind == VALUE_STRING && (value->flags & VALUE_HAS_NUL))
        return REASON_NUL;
    put_length(out, (uint32_t)text.length);
    scan_copy(*out, text.data, text.length);
    *out += text.length;
    return NULL;
}

static const char *put_jsonb(const Value *value, char **out)
{
    if (value->flags & VALUE_HAS_NUL)
        return "contains \\u0000, which jsonb cannot hold";
    if (value->flags & VALUE_HAS_WIDE)
        return "contains a number that jsonb cannot hold";
    put_length(out, value->raw_length + 1);
    *(*out)++ = 1; /* the format's version */
    scan_copy(*out, value->raw, value->raw_length);
    *out += value->raw_length;
    return NULL;
}

/* A number, or a string that holds one; text is that of the number. */
static inline bool read_number(const Value *value, Number *out_number, Slice *out_text)
{
    if (value->kind == VALUE_NUMBER) {
        *out_text = value_raw(value);
        if (value->flags & VALUE_IS_LONG)
            return number_parse(*out_text, out_number);
        *out_number = value->number;
        return true;
    }
    if (value->kind != VALUE_STRING)
        return false;
    *out_text = text_trim(value_text(value));
    return number_parse(*out_text, out_number);
}

static const char *read_integer(const Value *value, int64_t min, int64_t max, int64_t *out_integer)
{
    Number number;
    Slice text;
    if (!read_number(value, &number, &text))
        return "is not an integer";
    switch (number_to_integer(&number, min, max, out_integer)) {
    case NUMBER_HAS_FRACTION:
        return "is not an integer";
    case NUMBER_IS_OUT_OF_RANGE:
        return max == INT16_MAX   ? "is out of range for smallint"
               : max == INT32_MAX ? "is out of range for integer"
                                  : "is out of range for bigint";
    case NUMBER_FITS:
        break;
    }
    return NULL;
}

static const char *put_integer(const ConvertTarget *target, const Value *value, char **out)
{
    int64_t integer = 0;
    const char *reason;
    switch (target->type) {
    case COLUMN_SMALLINT:
        reason = read_integer(value, INT16_MIN, INT16_MAX, &integer);
        if (reason)
            return reason;
        put_length(out, 2);
        binary_put_16(*out, (uint16_t)integer);
        *out += 2;
        return NULL;
    case COLUMN_INTEGER:
        reason = read_integer(value, INT32_MIN, INT32_MAX, &integer);
        if (reason)
            return reason;
        put_length(out, 4);
        binary_put_32(*out, (uint32_t)integer);
        *out += 4;
        return NULL;
    default:
        reason = read_integer(value, INT64_MIN, INT64_MAX, &integer);
        if (reason)
            return reason;
        put_length(out, 8);
        binary_put_64(*out, (uint64_t)integer);
        *out += 8;
        return NULL;
    }
}

static const char *put_real(const Value *value, char **out)
{
    Number number;
    Slice text;
    float real;
    if (!read_number(value, &number, &text))
        return REASON_NO_NUMBER;
    if (!number_to_real(&number, text.data, &real))
        return "is out of range for real";
    uint32_t bits;
    memcpy(&bits, &real, sizeof(bits));
    put_length(out, 4);
    binary_put_32(*out, bits);
    *out += 4;
    return NULL;
}

static const char *put_double(const Value *value, char **out)
{
    Number number;
    Slice text;
    double real;
    if (!read_number(value, &number, &text))
        return REASON_NO_NUMBER;
    if (!number_to_double(&number, text.data, &real))
        return "is out of range for double precision";
    uint64_t bits;
    memcpy(&bits, &real, sizeof(bits));
    put_length(out, 8);
    binary_put_64(*out, bits);
    *out += 8;
    return NULL;
}

static const char *put_numeric(const ConvertTarget *target, const Value *value, char **out)
{
    Number number;
    Slice text;
    if (!read_number(value, &number, &text))
        return REASON_NO_NUMBER;
    char *end = numeric_put(text, target->precision, target->scale, *out + 4);
    if (!end)
        return target->too_large;
    uint32_t length = (uint32_t)(end - *out - 4);
    put_length(out, length);
    *out = end;
    return NULL;
}

static bool read_boolean_text(Slice text, bool *out_boolean)
{
    static const char *const words[] = {"f", "t", "false", "true", "n", "y", "no", "yes", "off", "on", "0", "1"};
    char folded[sizeof("false")];
    if (text.length >= sizeof(folded))
        return false;
    for (size_t i = 0; i < text.length; i++)
        folded[i] = text_fold_byte(text.data[i]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equals((Slice){folded, text.length}, slice_from_text(words[i]))) {
            *out_boolean = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static const char *put_boolean(const Value *value, char **out)
{
    bool boolean = value->kind == VALUE_TRUE;
    int64_t integer = 0;
    bool is_boolean = value->kind == VALUE_TRUE || value->kind == VALUE_FALSE;
    if (value->kind == VALUE_STRING) {
        is_boolean = read_boolean_text(text_trim(value_text(value)), &boolean);
    } else if (value->kind == VALUE_NUMBER) {
        is_boolean = !read_integer(value, 0, 1, &integer);
        boolean = integer == 1;
    }
    if (!is_boolean)
        return "is not a boolean";
    put_length(out, 1);
    *(*out)++ = (char)boolean;
    return NULL;
}

static const char *read_timestamp(const ConvertTarget *target, const Value *value, Timestamp *out_timestamp)
{
    Number number;
    Slice text;
    if (target->time_format != TIME_FORMAT_AUTO && read_number(value, &number, &text)) {
        int places = target->time_format == TIME_FORMAT_EPOCH_MILLISECONDS ? 3 : 0;
        return timestamp_from_epoch(&number, places, out_timestamp) ? NULL : REASON_TIME_RANGE;
    }
    if (value->kind == VALUE_STRING && timestamp_parse(text_trim(value_text(value)), out_timestamp))
        return NULL;
    return value->kind == VALUE_NUMBER ? "is a number: set TIME_FORMAT to epochsecs or epochmillisecs" : REASON_NO_TIME;
}

static const char *put_time(const ConvertTarget *target, const Value *value, char **out)
{
    Timestamp timestamp;
    const char *reason = read_timestamp(target, value, &timestamp);
    if (reason)
        return reason;
    if (target->type == COLUMN_DATE) {
        put_length(out, 4);
        binary_put_32(*out, (uint32_t)timestamp.days);
        *out += 4;
    } else {
        put_length(out, 8);
        binary_put_64(*out, (uint64_t)timestamp.utc_us);
        *out += 8;
    }
    return NULL;
}

bool convert_is_null(const ConvertTarget *target, const Value *value)
{
    if (value->kind != VALUE_STRING || target->type == COLUMN_TEXT || target->type == COLUMN_JSONB)
        return value->kind <= VALUE_NULL;
    /* Redshift: "Empty fields for other data types, such as INT, are always loaded with NULL" (EMPTYASNULL). */
    return text_trim(value_text(value)).length == 0;
}

const char *convert_other(const ConvertTarget *target, const Value *value, char **out)
{
    if (convert_is_null(target, value))
        return put_null(target, out);
    if (target->type == COLUMN_TEXT)
        return put_text(target, value, out);
    if (target->type == COLUMN_JSONB)
        return put_jsonb(value, out);

    switch (target->type) {
    case COLUMN_SMALLINT:
    case COLUMN_INTEGER:
    case COLUMN_BIGINT:
        return put_integer(target, value, out);
    case COLUMN_REAL:
        return put_real(value, out);
    case COLUMN_DOUBLE:
        return put_double(value, out);
    case COLUMN_NUMERIC:
        return put_numeric(target, value, out);
    case COLUMN_BOOLEAN:
        return put_boolean(value, out);
    case COLUMN_DATE:
    case COLUMN_TIMESTAMP:
    case COLUMN_TIMESTAMPTZ:
        return put_time(target, value, out);
    case COLUMN_TEXT:
    case COLUMN_JSONB:
        break;
    }
    return "has a type that is not loaded";
}
