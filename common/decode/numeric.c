/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/numeric.h"

#include <stdint.h>
#include <string.h>

#include "decode/binary.h"
#include "decode/number.h"

#define GROUP 4                  /* decimal digits in one of base 10,000 */
#define SIGN_NEGATIVE 0x4000     /* NUMERIC_NEG */
#define WEIGHT_DIGITS_MAX 131072 /* digits before the point: a weight of 32,767 */
#define DSCALE_MAX 16383         /* NUMERIC_DSCALE_MAX */

/* 0.d1d2d3… · 10^point, d1 not zero; count is 0 for zero. */
typedef struct Decimal {
    char digits[NUMERIC_DIGITS_MAX + 1]; /* values, not characters */
    size_t count;
    int64_t point;
    int64_t scale; /* digits after the point, as written */
    bool is_negative;
    bool is_too_long;
} Decimal;

/* Digits past the array's end are needed only to know that there are any. */
static void read_decimal(Slice text, Decimal *decimal)
{
    decimal->count = 0;
    decimal->point = decimal->scale = 0;
    decimal->is_too_long = false;
    decimal->is_negative = text.data[0] == '-';
    bool is_fraction = false;
    int32_t exponent = 0;
    for (size_t i = text.data[0] == '-' || text.data[0] == '+'; i < text.length; i++) {
        char c = text.data[i];
        if (c == '.') {
            is_fraction = true;
        } else if (number_is_digit(c)) {
            bool is_significant = decimal->count > 0 || c != '0';
            decimal->scale += is_fraction;
            decimal->point += is_fraction ? -!is_significant : is_significant;
            if (is_significant && decimal->count < sizeof(decimal->digits))
                decimal->digits[decimal->count++] = (char)(c - '0');
            else if (c != '0')
                decimal->is_too_long = true;
        } else {
            const char *end;
            (void)number_parse_exponent(text.data + i + 1, &end, &exponent);
            break;
        }
    }
    decimal->point += exponent;
    decimal->scale = decimal->scale > exponent ? decimal->scale - exponent : 0;
}

/* Keeps digits up to 10^-scale. */
static void round_decimal(Decimal *decimal, int64_t scale)
{
    int64_t kept = decimal->point + scale;
    if (kept >= (int64_t)decimal->count)
        return;
    bool is_up = kept >= 0 && decimal->digits[kept] >= 5;
    decimal->count = kept > 0 ? (size_t)kept : 0;
    if (!is_up)
        return;
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == 9)
        decimal->count--;
    if (decimal->count > 0) {
        decimal->digits[decimal->count - 1]++;
    } else {
        decimal->digits[0] = 1;
        decimal->count = 1;
        decimal->point++;
    }
}

static char *put_decimal(const Decimal *decimal, int64_t dscale, char *out)
{
    size_t count = decimal->count;
    while (count > 0 && decimal->digits[count - 1] == 0)
        count--;
    int64_t weight = 0;
    size_t groups = 0;
    if (count > 0) {
        /* floor((point - 1) / 4), as C's division cuts towards zero */
        weight = decimal->point > 0 ? (decimal->point - 1) / GROUP : -((GROUP - decimal->point) / GROUP);
        size_t lead = (size_t)((weight + 1) * GROUP - decimal->point);
        groups = (lead + count + GROUP - 1) / GROUP;
        memset(out + 8, 0, groups * 2);
        for (size_t i = 0; i < groups; i++) {
            unsigned digit = 0;
            for (size_t j = i * GROUP; j < (i + 1) * GROUP; j++)
                digit = digit * 10 + (j >= lead && j - lead < count ? (unsigned)decimal->digits[j - lead] : 0);
            binary_put_16(out + 8 + i * 2, (uint16_t)digit);
        }
    }
    binary_put_16(out, (uint16_t)groups);
    binary_put_16(out + 2, (uint16_t)weight);
    binary_put_16(out + 4, decimal->is_negative && count > 0 ? SIGN_NEGATIVE : 0);
    binary_put_16(out + 6, (uint16_t)dscale);
    return out + 8 + groups * 2;
}

char *numeric_put(Slice number, int precision, int scale, char *out)
{
    Decimal decimal;
    read_decimal(number, &decimal);
    if (precision == 0) {
        bool is_wide = decimal.is_too_long || decimal.count > NUMERIC_DIGITS_MAX || decimal.scale > DSCALE_MAX ||
                       (decimal.count > 0 && decimal.point > WEIGHT_DIGITS_MAX);
        return is_wide ? NULL : put_decimal(&decimal, decimal.scale, out);
    }
    int64_t point_max = precision - scale;
    if (decimal.count > 0 && decimal.point > point_max)
        return NULL;
    round_decimal(&decimal, scale);
    if (decimal.count > 0 && decimal.point > point_max)
        return NULL;
    return put_decimal(&decimal, scale > 0 ? scale : 0, out);
}
