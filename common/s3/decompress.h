/* SPDX-License-Identifier: Apache-2.0
 *
 * Unpacks bytes that the caller pulls. gzip, zstd, bzip2 and lz4 are recognised by how the content begins; anything
 * else comes out as it went in, after a single copy. gzip goes through zlib (gzip.h), the others through libarchive,
 * which only this module knows. A compressed stream is REJECT unless it is whole to its last byte: not truncated, not
 * corrupt, and with nothing else after it. It is REJECT too if it unpacks to too much, or to nothing for too long. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/slice.h"

typedef struct Decompress Decompress;

/* Gives the next bytes, valid until the next call; none at the end. */
typedef bool DecompressSource(void *context, Slice *out_bytes, Error *error);

/* Once LIMIT_UNPACKED_BYTES have come out, they may be at most ratio_max times as many as went in. */
Decompress *decompress_open(DecompressSource *source, void *context, int64_t ratio_max);
void decompress_close(Decompress *decompress);
static inline void decompress_auto_close(Decompress **decompress)
{
    decompress_close(*decompress);
}
#define AUTO_DECOMPRESS AUTO(Decompress *, decompress_auto_close)

/* Forgets the stream and begins another one from the source. */
void decompress_begin(Decompress *decompress);

/* Reads the next unpacked bytes; *out_length 0 is the end. After false there is no more to read. The source's errors
 * pass through as they are. */
bool decompress_read(Decompress *decompress, char *bytes, size_t size, size_t *out_length, Error *error) MUST_USE;
