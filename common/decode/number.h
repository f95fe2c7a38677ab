/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal numbers as text, exactly: no integer ever passes through a double. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/* mantissa · 10^exponent. */
typedef struct Number {
    uint64_t mantissa;
    int32_t exponent;
    bool is_negative;
    bool is_truncated; /* digits after the mantissa's NUMBER_DIGITS_MAX were dropped */
    bool is_half;      /* the first digit that was dropped is 5 or more */
} Number;

/* 19 digits always fit 64 bits. */
#define NUMBER_DIGITS_MAX 19

/* Exponents are cut here: no text of LIMIT_DOCUMENT_BYTES brings one back into any type's range. */
#define NUMBER_EXPONENT_MAX 100000000

extern const uint64_t number_powers[NUMBER_DIGITS_MAX + 1];

typedef enum NumberFit { NUMBER_FITS, NUMBER_HAS_FRACTION, NUMBER_IS_OUT_OF_RANGE } NumberFit;

/* Parses a number as people write it in a string: beyond JSON's grammar it may have a sign, leading zeros and a bare
 * point at either end. NaN, Infinity, blanks and anything else are refused. */
bool number_parse(Slice text, Number *out_number);

/* The exponent after an "e", cut at NUMBER_EXPONENT_MAX; *out_end is the byte after its last digit.
 * False if there is no digit; then *out_end is the place where one should have been. */
bool number_parse_exponent(const char *text, const char **out_end, int32_t *out_exponent);

/* A fraction of zero is none: 5.0 and 50e-1 are 5. */
NumberFit number_to_integer(const Number *number, int64_t min, int64_t max, int64_t *out_integer);

/* number · 10^shift, rounded half away from zero. False if it does not fit. */
bool number_to_scaled(const Number *number, int shift, int64_t *out_scaled);

/* Correctly rounded. The text is the number's own and is followed by a byte that cannot belong to it. False if it is
 * too large. */
bool number_to_double(const Number *number, const char *text, double *out_double);
bool number_to_real(const Number *number, const char *text, float *out_real);

static inline bool number_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Appends the digits at p to *mantissa, which wraps if there are too many, and returns the end of them. Eight at a
 * time, without a branch on how many there are (after Lemire, "Number parsing at a gigabyte per second"). Reads up to
 * 8 bytes past the digits. */
static inline const char *number_read_digits(const char *p, uint64_t *mantissa)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (;;) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= 0x3030303030303030U;
        uint64_t others = (word | (word + 0x0606060606060606U)) & 0xF0F0F0F0F0F0F0F0U;
        int count = others ? __builtin_ctzll(others) / 8 : 8;
        if (count == 0)
            return p;
        word <<= 64 - count * 8;
        word = (word * 10 + (word >> 8)) & 0x00FF00FF00FF00FFU;
        word = (word * 100 + (word >> 16)) & 0x0000FFFF0000FFFFU;
        word = (word * 10000 + (word >> 32)) & 0x00000000FFFFFFFFU;
        *mantissa = *mantissa * number_powers[count] + word;
        p += count;
        if (count < 8)
            return p;
    }
#else
    for (; number_is_digit(*p); p++)
        *mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
    return p;
#endif
}
