/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/scalar.h"

#include <string.h>

#include "decode/text.h"

/* A number with more digits, or a larger exponent, is left to numeric_put. Inside jsonb, which is not parsed that far,
 * it is refused: within both bounds a number has less than numeric's 16,383 digits after the point. */
#define WIDE_MAX 8000

const char *scalar_fail(Document *document, const char *place, const char *reason)
{
    document->fault = (Fault){place, reason};
    return NULL;
}

static void note_defect(Document *document, const char *place, const char *reason)
{
    if (!document->defect.place)
        document->defect = (Fault){place, reason};
}

/* The value of the four digits at p; -1 and *out_bad if one of them is no digit. */
static int read_hex(const char *p, const char **out_bad)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = text_hex_value(p[i]);
        if (digit < 0) {
            *out_bad = p + i;
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* \uXXXX, or two of them if they are a surrogate pair. */
static const char *parse_unicode(Document *document, const char *p, char **out)
{
    const char *bad;
    int unit = read_hex(p + 2, &bad);
    if (unit < 0)
        return scalar_fail(document, bad, "is not JSON: \\u needs four hexadecimal digits");
    if (unit == 0)
        document->last_nul = p;
    if ((unit & 0xF800) != 0xD800) {
        *out = text_put_character(*out, (uint32_t)unit);
        return p + 6;
    }
    int low = unit < 0xDC00 && p[6] == '\\' && p[7] == 'u' ? read_hex(p + 8, &bad) : -1;
    if (low < 0 || (low & 0xFC00) != 0xDC00) {
        note_defect(document, p, "contains half of a surrogate pair, which is no character");
        return p + 6;
    }
    *out = text_put_character(*out, 0x10000U + ((uint32_t)(unit & 0x3FF) << 10) + (uint32_t)(low & 0x3FF));
    return p + 12;
}

/* At a backslash. */
static inline const char *parse_escape(Document *document, const char *p, char **out)
{
    char letter = text_unescape(p[1]);
    if (letter) {
        *(*out)++ = letter;
        return p + 2;
    }
    if (p[1] == 'u')
        return parse_unicode(document, p, out);
    return scalar_fail(document, p + 1, "is not JSON: no such escape");
}

const char *scalar_parse_rest(Document *document, const char *start, const char *place, Value *value)
{
    const char *p = place;
    const char *nul_before = document->last_nul;
    char *text = document->scratch_next;
    scan_copy(text, start, (size_t)(p - start));
    char *out = text + (p - start);
    while (*p != '"') {
        if (*p != '\\')
            return scalar_fail(document, p, "is not JSON: a control character inside a string");
        p = parse_escape(document, p, &out);
        if (!p)
            return NULL;
        unsigned special;
        for (;;) {
            ScanBlock block = scan_load(p);
            scan_store(out, block);
            special = scan_special(block);
            if (special)
                break;
            p += SCAN_BLOCK;
            out += SCAN_BLOCK;
        }
        p += __builtin_ctz(special);
        out += __builtin_ctz(special);
    }
    *out = '\0';
    document->scratch_next = out + 1;
    value->kind = VALUE_STRING;
    value->flags = document->last_nul != nul_before ? VALUE_HAS_NUL : 0;
    value->raw = start - 1;
    value->raw_length = (uint32_t)(p + 1 - value->raw);
    value->text = text;
    value->text_length = (uint32_t)(out - text);
    return p + 1;
}

static const char *parse_exponent(Document *document, const char *p, Value *value)
{
    int32_t exponent;
    const char *end;
    if (!number_parse_exponent(p + 1, &end, &exponent))
        return scalar_fail(document, end, "is not JSON: an exponent without digits");
    value->number.exponent += exponent;
    if (exponent > WIDE_MAX || exponent < -WIDE_MAX)
        value->flags |= VALUE_HAS_WIDE;
    return end;
}

const char *scalar_parse_tail(Document *document, const char *digits, const char *place, Value *value)
{
    const char *p = place;
    ptrdiff_t count = p - digits;
    if (*p == '.') {
        const char *fraction = p + 1;
        p = number_read_digits(fraction, &value->number.mantissa);
        if (p == fraction)
            return scalar_fail(document, p, "is not JSON: a point that no digit follows");
        value->number.exponent = -(int32_t)(p - fraction);
        count += p - fraction;
    }
    if (*p == 'e' || *p == 'E') {
        p = parse_exponent(document, p, value);
        if (!p)
            return NULL;
    }
    if (count > NUMBER_DIGITS_MAX)
        value->flags |= VALUE_IS_LONG;
    if (count > WIDE_MAX)
        value->flags |= VALUE_HAS_WIDE;
    if (value->flags & VALUE_HAS_WIDE)
        document->last_wide = digits;
    return p;
}

const char *scalar_parse_word(Document *document, const char *place, Value *value)
{
    const char *word = *place == 't' ? "true" : *place == 'f' ? "false" : "null";
    value->kind = *place == 't' ? VALUE_TRUE : *place == 'f' ? VALUE_FALSE : VALUE_NULL;
    value->flags = 0;
    value->raw = place;
    const char *p = place;
    for (; *word; word++, p++) {
        if (*p != *word)
            return scalar_fail(document, p, "is not JSON: neither true, false nor null");
    }
    value->raw_length = (uint32_t)(p - place);
    return p;
}
