/* SPDX-License-Identifier: Apache-2.0 */
#include "show/figure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *figure_bytes(char out[FIGURE_SIZE], double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    /* 999.95 would be written as 1000.0. */
    for (; bytes >= 999.95 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    snprintf(out, FIGURE_SIZE, "%.*f %s", unit > 0 && bytes < 99.95 ? 1 : 0, bytes, units[unit]);
    return out;
}

const char *figure_count(char out[FIGURE_SIZE], int64_t count)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count > 0 ? (uint64_t)count : 0);
    char *end = out;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *end++ = ',';
        *end++ = digits[i];
    }
    *end = '\0';
    return out;
}

const char *figure_things(char out[FIGURE_SIZE], int64_t count, const char *noun)
{
    char number[FIGURE_SIZE];
    snprintf(out, FIGURE_SIZE, "%.30s %.30s%s", figure_count(number, count), noun, count == 1 ? "" : "s");
    return out;
}

const char *figure_duration(char out[FIGURE_SIZE], int64_t ms)
{
    int64_t s = ms > 0 ? ms / 1000 : 0;
    if (s < 3600)
        snprintf(out, FIGURE_SIZE, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
    else if (s < 86400)
        snprintf(out, FIGURE_SIZE, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, FIGURE_SIZE, "%" PRId64 "d %02" PRId64 "h", s / 86400, s / 3600 % 24);
    return out;
}

const char *figure_span(char out[FIGURE_SIZE], int64_t s)
{
    if (s < 60)
        snprintf(out, FIGURE_SIZE, "%" PRId64 " s", s > 0 ? s : 0);
    else if (s < 3600)
        snprintf(out, FIGURE_SIZE, "%" PRId64 " min", s / 60);
    else if (s < 86400)
        snprintf(out, FIGURE_SIZE, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    else
        snprintf(out, FIGURE_SIZE, "%" PRId64 " day%s %" PRId64 " h", s / 86400, s < 172800 ? "" : "s", s / 3600 % 24);
    return out;
}
