/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"

const uint64_t number_powers[NUMBER_DIGITS_MAX + 1] = {1U,
                                                       10U,
                                                       100U,
                                                       1000U,
                                                       10000U,
                                                       100000U,
                                                       1000000U,
                                                       10000000U,
                                                       100000000U,
                                                       1000000000U,
                                                       10000000000U,
                                                       100000000000U,
                                                       1000000000000U,
                                                       10000000000000U,
                                                       100000000000000U,
                                                       1000000000000000U,
                                                       10000000000000000U,
                                                       100000000000000000U,
                                                       1000000000000000000U,
                                                       10000000000000000000U};

bool number_parse_exponent(const char *text, const char **out_end, int32_t *out_exponent)
{
    const char *p = text;
    bool is_negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    *out_end = p;
    if (!number_is_digit(*p))
        return false;
    int32_t exponent = 0;
    for (; number_is_digit(*p); p++) {
        if (exponent < NUMBER_EXPONENT_MAX)
            exponent = exponent * 10 + (*p - '0');
    }
    if (exponent > NUMBER_EXPONENT_MAX)
        exponent = NUMBER_EXPONENT_MAX;
    *out_end = p;
    *out_exponent = is_negative ? -exponent : exponent;
    return true;
}

/* Digits in order of appearance. Zeros are held back until another digit shows that they count. */
typedef struct Digits {
    Number number;
    int32_t zeros;
    int used;
    bool is_any;
} Digits;

/* From here on digits are dropped: those after the mantissa's last. So the mantissa gets all its digits first. */
static void truncate(Digits *digits, char digit)
{
    int places = NUMBER_DIGITS_MAX - digits->used;
    digits->number.mantissa *= number_powers[places];
    digits->zeros -= places;
    digits->number.is_truncated = true;
    digits->number.is_half = digits->zeros == 0 && digit >= '5';
}

static void take_digit(Digits *digits, char digit, bool is_fraction)
{
    digits->is_any = true;
    if (is_fraction)
        digits->number.exponent--;
    if (digit == '0') {
        digits->zeros++;
        return;
    }
    if (digits->number.mantissa == 0)
        digits->zeros = 0;
    if (!digits->number.is_truncated && digits->used + digits->zeros >= NUMBER_DIGITS_MAX)
        truncate(digits, digit);
    if (digits->number.is_truncated) {
        digits->zeros++;
        return;
    }
    int places = digits->zeros + 1;
    digits->number.mantissa = digits->number.mantissa * number_powers[places] + (uint64_t)(digit - '0');
    digits->used += places;
    digits->zeros = 0;
}

bool number_parse(Slice text, Number *out_number)
{
    const char *p = text.data;
    const char *end = p + text.length;
    Digits digits = {0};
    if (p < end && (*p == '-' || *p == '+'))
        digits.number.is_negative = *p++ == '-';
    for (; p < end && number_is_digit(*p); p++)
        take_digit(&digits, *p, false);
    if (p < end && *p == '.') {
        for (p++; p < end && number_is_digit(*p); p++)
            take_digit(&digits, *p, true);
    }
    if (!digits.is_any)
        return false;
    int32_t exponent = 0;
    if (p < end && (*p == 'e' || *p == 'E') && !number_parse_exponent(p + 1, &p, &exponent))
        return false;
    if (p != end)
        return false;
    *out_number = digits.number;
    out_number->exponent = digits.number.mantissa == 0 ? 0 : digits.number.exponent + digits.zeros + exponent;
    return true;
}

/* The magnitude as an integer. */
static NumberFit find_magnitude(const Number *number, uint64_t *out_magnitude)
{
    uint64_t magnitude = number->mantissa;
    int32_t exponent = number->exponent;
    if (magnitude == 0)
        exponent = 0;
    for (; exponent < 0; exponent++) {
        if (magnitude % 10 != 0)
            return NUMBER_HAS_FRACTION;
        magnitude /= 10;
    }
    if (exponent > NUMBER_DIGITS_MAX || __builtin_mul_overflow(magnitude, number_powers[exponent], &magnitude))
        return NUMBER_IS_OUT_OF_RANGE;
    /* With more than 19 digits, a number below 2^63 has the rest of them after the point. */
    if (number->is_truncated)
        return magnitude <= INT64_MAX ? NUMBER_HAS_FRACTION : NUMBER_IS_OUT_OF_RANGE;
    *out_magnitude = magnitude;
    return NUMBER_FITS;
}

NumberFit number_to_integer(const Number *number, int64_t min, int64_t max, int64_t *out_integer)
{
    uint64_t magnitude = 0;
    NumberFit fit = find_magnitude(number, &magnitude);
    if (fit != NUMBER_FITS)
        return fit;
    if (number->is_negative) {
        if (magnitude > (uint64_t) - (min + 1) + 1)
            return NUMBER_IS_OUT_OF_RANGE;
        *out_integer = (int64_t)(0 - magnitude);
    } else {
        if (magnitude > (uint64_t)max)
            return NUMBER_IS_OUT_OF_RANGE;
        *out_integer = (int64_t)magnitude;
    }
    return NUMBER_FITS;
}

bool number_to_scaled(const Number *number, int shift, int64_t *out_scaled)
{
    uint64_t magnitude = number->mantissa;
    int32_t exponent = magnitude == 0 ? 0 : number->exponent + shift;
    if (exponent > NUMBER_DIGITS_MAX)
        return false;
    if (exponent < -NUMBER_DIGITS_MAX) {
        magnitude = 0; /* a mantissa of 64 bits is below 2 · 10^19, so that 10^-20 of it rounds to nothing */
    } else if (exponent < 0) {
        uint64_t power = number_powers[-exponent];
        uint64_t rest = magnitude % power;
        magnitude = magnitude / power + (rest >= power - rest);
    } else if (exponent == 0) {
        magnitude += number->is_half;
    } else if (__builtin_mul_overflow(magnitude, number_powers[exponent], &magnitude)) {
        return false;
    }
    if (magnitude > INT64_MAX)
        return false;
    *out_scaled = number->is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

/* Powers of ten that a double holds exactly; the first eleven of them a float does too. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* strtod's decimal point must not depend on the process's locale. Made once before main, so that threads share it. */
static locale_t plain_locale;

__attribute__((constructor)) static void make_plain_locale(void)
{
    plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain_locale)
        error_abort("the C locale is missing");
}

/* Where mantissa and power of ten are both exact, so that one division or multiplication rounds correctly (Clinger,
 * "How to read floating point numbers accurately", 1990); else strtod, which is exact as well. */
bool number_to_double(const Number *number, const char *text, double *out_double)
{
    int32_t exponent = number->exponent;
    if (number->mantissa <= (1ULL << 53) && exponent >= -22 && exponent <= 22 && !number->is_truncated) {
        double magnitude = (double)number->mantissa;
        magnitude = exponent < 0 ? magnitude / exact_powers[-exponent] : magnitude * exact_powers[exponent];
        *out_double = number->is_negative ? -magnitude : magnitude;
        return true;
    }
    *out_double = strtod_l(text, NULL, plain_locale);
    return isfinite(*out_double);
}

bool number_to_real(const Number *number, const char *text, float *out_real)
{
    int32_t exponent = number->exponent;
    if (number->mantissa <= (1ULL << 24) && exponent >= -10 && exponent <= 10 && !number->is_truncated) {
        float magnitude = (float)number->mantissa;
        float power = (float)exact_powers[exponent < 0 ? -exponent : exponent];
        magnitude = exponent < 0 ? magnitude / power : magnitude * power;
        *out_real = number->is_negative ? -magnitude : magnitude;
        return true;
    }
    *out_real = strtof_l(text, NULL, plain_locale);
    return isfinite(*out_real);
}
