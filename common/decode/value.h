/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON value as the parser found it, before anybody asked what column it goes to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "decode/number.h"

typedef enum ValueKind {
    VALUE_MISSING,
    VALUE_NULL,
    VALUE_STRING,
    VALUE_NUMBER,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_OBJECT,
    VALUE_ARRAY,
} ValueKind;

typedef enum ValueFlags {
    VALUE_HAS_NUL = 1,  /* \u0000 in the string, or somewhere inside the object or array */
    VALUE_HAS_WIDE = 2, /* is or contains a number that PostgreSQL's numeric may not hold */
    VALUE_IS_LONG = 4,  /* a number of more digits than Number.mantissa holds: to be read from raw again */
} ValueFlags;

typedef struct Value {
    const char *raw;  /* as it stands in the document */
    const char *text; /* of a string: without quotes and escapes; NUL-terminated or followed by its quote */
    Number number;    /* of a number */
    uint32_t raw_length;
    uint32_t text_length;
    uint8_t kind;
    uint8_t flags;
} Value;

static inline Slice value_raw(const Value *value)
{
    return (Slice){value->raw, value->raw_length};
}

/* What a text column gets. */
static inline Slice value_text(const Value *value)
{
    return value->kind == VALUE_STRING ? (Slice){value->text, value->text_length} : value_raw(value);
}
