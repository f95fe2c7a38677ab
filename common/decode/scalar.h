/* SPDX-License-Identifier: Apache-2.0
 *
 * The strings, numbers and words of a document. Every function takes the place where its scalar begins and returns the
 * place after it; NULL, with the document's fault set, if it is not well-formed. The window ends with a NUL. No scalar
 * may contain one, so nothing runs past it. The common cases are inline: decoding spends its time here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decode/document.h"
#include "decode/number.h"
#include "decode/scan.h"
#include "decode/value.h"

/* Returns NULL, so that a failure is one line. */
const char *scalar_fail(Document *document, const char *place, const char *reason);

/* The rest of a string, from its first escape or from a byte that may not be in it; start is the byte after its opening
 * quote. */
const char *scalar_parse_rest(Document *document, const char *start, const char *place, Value *value);

/* The rest of a number, from its point or exponent on, or from the first digit that its mantissa has no room for;
 * digits is its first digit. */
const char *scalar_parse_tail(Document *document, const char *digits, const char *place, Value *value);

/* true, false or null. */
const char *scalar_parse_word(Document *document, const char *place, Value *value);

/* place is the opening quote. The bytes are not checked for UTF-8. */
static inline const char *scalar_parse_string(Document *document, const char *place, Value *value)
{
    const char *start = place + 1;
    const char *p = start;
    unsigned special;
    while ((special = scan_special(scan_load(p))) == 0)
        p += SCAN_BLOCK;
    p += __builtin_ctz(special);
    if (*p != '"')
        return scalar_parse_rest(document, start, p, value);
    value->kind = VALUE_STRING;
    value->flags = 0;
    value->raw = place;
    value->text = start;
    value->text_length = (uint32_t)(p - start);
    value->raw_length = (uint32_t)(p + 1 - place);
    return p + 1;
}

/* At its sign or first digit. */
static inline const char *scalar_parse_number(Document *document, const char *place, Value *value)
{
    value->kind = VALUE_NUMBER;
    value->flags = 0;
    value->raw = place;
    bool is_negative = *place == '-';
    const char *digits = place + is_negative;
    uint64_t mantissa = 0;
    const char *p = number_read_digits(digits, &mantissa);
    value->number = (Number){.mantissa = mantissa, .is_negative = is_negative};
    ptrdiff_t count = p - digits;
    if ((*digits == '0' && count > 1) || count == 0)
        return scalar_fail(document, digits + (count > 0),
                           count > 0 ? "is not JSON: a number with a leading zero"
                                     : "is not JSON: a minus without digits");
    if (*p == '.' || *p == 'e' || *p == 'E' || count > NUMBER_DIGITS_MAX) {
        p = scalar_parse_tail(document, digits, p, value);
        if (!p)
            return NULL;
    }
    value->raw_length = (uint32_t)(p - place);
    return p;
}
