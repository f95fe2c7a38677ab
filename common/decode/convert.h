/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON value as a field of a binary COPY row: int32 length, -1 for NULL, and the bytes. The rules are those of
 * docs/conversion.md. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/binary.h"
#include "decode/decode.h"
#include "decode/scan.h"
#include "decode/value.h"

/* What a field takes beyond its value's own bytes, with what scan_copy writes too much. A numeric's digits are fewer
 * bytes than its text. */
#define CONVERT_FIELD_BYTES 64

/* A column, ready for its values. */
typedef struct ConvertTarget {
    ColumnType type;
    TimeFormat time_format;
    uint32_t length_max; /* UINT32_MAX: no limit */
    int16_t precision;
    int16_t scale;
    bool is_not_null;
    int32_t leaf; /* of the mapping */
    char *name;
    char *too_large; /* the reason, which names the type's parameters */
} ConvertTarget;

void convert_prepare(const Column *column, TimeFormat time_format, ConvertTarget *out_target);
void convert_done(ConvertTarget *target);

/* The field of the value is NULL. */
bool convert_is_null(const ConvertTarget *target, const Value *value);

/* Writes the field at *out and moves *out to the byte after it. Returns NULL, or the end of the sentence about the
 * value. */
const char *convert_other(const ConvertTarget *target, const Value *value, char **out);

static inline const char *convert_value(const ConvertTarget *target, const Value *value, char **out)
{
    /* Most values of most rows: a text for a text column, of fewer bytes than the column takes characters. */
    if (target->type == COLUMN_TEXT && value->kind == VALUE_STRING && value->flags == 0 &&
        value->text_length <= target->length_max) {
        uint32_t length = value->text_length;
        binary_put_32(*out, length);
        scan_copy(*out + 4, value->text, length);
        *out += 4 + length;
        return NULL;
    }
    return convert_other(target, value, out);
}
