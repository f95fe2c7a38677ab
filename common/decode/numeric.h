/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL's numeric in its binary form (numeric_recv): int16 number of digits, int16 weight, uint16 sign, uint16
 * dscale, then digits of base 10,000. Exact. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Significant digits of a numeric without limit: far beyond what anybody measures, and PostgreSQL's own limit for a
 * numeric with one is 1,000. */
#define NUMERIC_DIGITS_MAX 4096

/* Writes the number, which number_parse has accepted, for a column numeric(precision, scale), or for numeric if
 * precision is 0. Rounds half away from zero. Returns the place for the next byte; NULL if the number does not fit. */
char *numeric_put(Slice number, int precision, int scale, char *out);
