/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates and times as PostgreSQL counts them: days, and microseconds UTC, since 2000-01-01. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "decode/number.h"

#define TIMESTAMP_DAY_US (86400 * INT64_C(1000000))

typedef struct Timestamp {
    int64_t days; /* the date as it is written, whatever the offset says */
    int64_t utc_us;
} Timestamp;

/* ISO 8601 and its near relatives: YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD, then T or a blank and hh:mm[:ss[.fraction]],
 * then Z, UTC, GMT or ±hh[[:]mm]. Without an offset the time is UTC. */
bool timestamp_parse(Slice text, Timestamp *out_timestamp);

/* Seconds (places 0) or milliseconds (places 3) since 1970-01-01, rounded to microseconds. False if PostgreSQL has
 * no such timestamp. */
bool timestamp_from_epoch(const Number *number, int places, Timestamp *out_timestamp);
