/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip, one member or several in a row; the one place that knows zlib. libarchive is not used for it: up to 3.7 it does
 * not check a member's CRC and length, and would pass on rows that a flipped bit has changed. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/slice.h"

typedef struct Gzip Gzip;

Gzip *gzip_open(void);
void gzip_close(Gzip *gzip);

/* Forgets the stream and begins another one. */
void gzip_begin(Gzip *gzip);

/* Takes bytes off the front of input, and writes up to size bytes. Either may be none. False if the input is no gzip;
 * then gzip_problem says what is wrong. */
bool gzip_read(Gzip *gzip, Slice *input, char *bytes, size_t size, size_t *out_length) MUST_USE;

/* Whether the input so far ends at the end of a member. */
bool gzip_is_whole(const Gzip *gzip);
const char *gzip_problem(const Gzip *gzip);
