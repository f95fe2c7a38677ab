/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip, one member or several in a row; the one place that knows zlib. Not by libarchive, which up to 3.7 does not
 * look at a member's CRC and length, and would hand on what a flipped bit made of the rows. Pure. */
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

/* Takes bytes off the front of input and writes up to size; both may be none. False where they are no gzip; what is
 * wrong, gzip_problem says. */
bool gzip_read(Gzip *gzip, Slice *input, char *bytes, size_t size, size_t *out_length) MUST_USE;

/* Whether the input so far ends where a member does. */
bool gzip_is_whole(const Gzip *gzip);
const char *gzip_problem(const Gzip *gzip);
