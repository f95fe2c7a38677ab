/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers for people. Pure. */
#pragma once

#include <stdint.h>

#define FIGURE_SIZE 64

/* 999 B, 1.2 kB, 34.5 MB, 678 GB: powers of 1000. Each returns out. */
const char *figure_bytes(char out[FIGURE_SIZE], double bytes);

/* 1,234,567 */
const char *figure_count(char out[FIGURE_SIZE], int64_t count);

/* 1 task, 1,234 tasks: for a short noun whose plural has one s more. */
const char *figure_things(char out[FIGURE_SIZE], int64_t count, const char *noun);

/* 7 s, 14 min, 3 h 5 min, 2 days 4 h: in a sentence. */
const char *figure_span(char out[FIGURE_SIZE], int64_t s);

/* 0:07, 12:34, 1:02:03, 3d 04h */
const char *figure_duration(char out[FIGURE_SIZE], int64_t ms);
