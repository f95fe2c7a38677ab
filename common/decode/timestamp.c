/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/timestamp.h"

#include <string.h>

#define EPOCH_DAYS 10957 /* from 1970-01-01 to 2000-01-01 */
#define SECOND_US INT64_C(1000000)

/* PostgreSQL's MIN_TIMESTAMP (4714-11-24 BC) and END_TIMESTAMP (294277-01-01), see datatype/timestamp.h. */
#define UTC_US_MIN INT64_C(-211813488000000000)
#define UTC_US_END INT64_C(9223371331200000000)

/* What is left to read. */
typedef struct Cursor {
    const char *p;
    const char *end;
} Cursor;

static bool take_byte(Cursor *cursor, char byte)
{
    if (cursor->p == cursor->end || *cursor->p != byte)
        return false;
    cursor->p++;
    return true;
}

static bool take_digits(Cursor *cursor, int count, int *out_value)
{
    int value = 0;
    if (cursor->end - cursor->p < count)
        return false;
    for (int i = 0; i < count; i++) {
        if (!number_is_digit(cursor->p[i]))
            return false;
        value = value * 10 + (cursor->p[i] - '0');
    }
    cursor->p += count;
    *out_value = value;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t count_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int count_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool take_date(Cursor *cursor, int64_t *out_days)
{
    int year;
    int month;
    int day;
    if (!take_digits(cursor, 4, &year) || cursor->p == cursor->end)
        return false;
    char separator = *cursor->p;
    bool is_separated = separator == '-' || separator == '/';
    cursor->p += is_separated;
    if (!take_digits(cursor, 2, &month) || (is_separated && !take_byte(cursor, separator)) ||
        !take_digits(cursor, 2, &day))
        return false;
    /* PostgreSQL has no year 0 either. */
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > count_month_days(year, month))
        return false;
    *out_days = count_days(year, month, day) - EPOCH_DAYS;
    return true;
}

/* Microseconds, the seventh digit rounds. */
static bool take_fraction(Cursor *cursor, int64_t *out_us)
{
    int64_t us = 0;
    int64_t unit = SECOND_US / 10;
    if (cursor->p == cursor->end || !number_is_digit(*cursor->p))
        return false;
    bool is_up = false;
    for (int i = 0; cursor->p < cursor->end && number_is_digit(*cursor->p); cursor->p++, i++, unit /= 10) {
        us += (*cursor->p - '0') * unit;
        is_up |= i == 6 && *cursor->p >= '5';
    }
    *out_us = us + is_up;
    return true;
}

/* 24:00:00 is the day's end and second 60 the next minute, as in PostgreSQL. */
static bool take_time(Cursor *cursor, int64_t *out_us)
{
    int hour;
    int minute;
    int second = 0;
    int64_t fraction_us = 0;
    if (!take_digits(cursor, 2, &hour) || !take_byte(cursor, ':') || !take_digits(cursor, 2, &minute))
        return false;
    if (take_byte(cursor, ':')) {
        if (!take_digits(cursor, 2, &second) || (take_byte(cursor, '.') && !take_fraction(cursor, &fraction_us)))
            return false;
    }
    int64_t us = ((hour * 60 + minute) * 60 + second) * SECOND_US + fraction_us;
    if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && us != TIMESTAMP_DAY_US))
        return false;
    *out_us = us;
    return true;
}

static bool take_offset(Cursor *cursor, int64_t *out_us)
{
    *out_us = 0;
    (void)take_byte(cursor, ' ');
    if (cursor->p == cursor->end)
        return false;
    Slice rest = {cursor->p, (size_t)(cursor->end - cursor->p)};
    if (slice_equals(rest, SLICE("Z")) || slice_equals(rest, SLICE("z")) || slice_equals(rest, SLICE("UTC")) ||
        slice_equals(rest, SLICE("GMT"))) {
        cursor->p = cursor->end;
        return true;
    }
    bool is_west = *cursor->p == '-';
    if (!take_byte(cursor, '-') && !take_byte(cursor, '+'))
        return false;
    int hours;
    int minutes = 0;
    if (!take_digits(cursor, 2, &hours))
        return false;
    bool has_colon = take_byte(cursor, ':');
    if ((has_colon || cursor->p < cursor->end) && !take_digits(cursor, 2, &minutes))
        return false;
    /* PostgreSQL's MAX_TZDISP_HOUR */
    if (hours > 15 || minutes > 59)
        return false;
    int64_t us = (int64_t)(hours * 60 + minutes) * 60 * SECOND_US;
    *out_us = is_west ? -us : us;
    return true;
}

bool timestamp_parse(Slice text, Timestamp *out_timestamp)
{
    Cursor cursor = {text.data, text.data + text.length};
    int64_t days;
    int64_t time_us = 0;
    int64_t offset_us = 0;
    if (!take_date(&cursor, &days))
        return false;
    if (cursor.p < cursor.end) {
        if (!take_byte(&cursor, 'T') && !take_byte(&cursor, 't') && !take_byte(&cursor, ' '))
            return false;
        if (!take_time(&cursor, &time_us))
            return false;
        if (cursor.p < cursor.end && !take_offset(&cursor, &offset_us))
            return false;
    }
    if (cursor.p < cursor.end)
        return false;
    *out_timestamp = (Timestamp){days, days * TIMESTAMP_DAY_US + time_us - offset_us};
    return true;
}

bool timestamp_from_epoch(const Number *number, int places, Timestamp *out_timestamp)
{
    int64_t us;
    if (!number_to_scaled(number, 6 - places, &us))
        return false;
    if (__builtin_sub_overflow(us, EPOCH_DAYS * TIMESTAMP_DAY_US, &us) || us < UTC_US_MIN || us >= UTC_US_END)
        return false;
    int64_t days = us / TIMESTAMP_DAY_US - (us % TIMESTAMP_DAY_US < 0);
    *out_timestamp = (Timestamp){days, us};
    return true;
}
