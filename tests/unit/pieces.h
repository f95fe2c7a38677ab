/* SPDX-License-Identifier: Apache-2.0
 *
 * A text as a decoder's source: in pieces of size_max bytes at most. */
#pragma once

#include <string.h>

#include "base/error.h"
#include "base/slice.h"

typedef struct Pieces {
    Slice rest;
    size_t size_max;
} Pieces;

static inline bool read_piece(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    (void)error;
    Pieces *pieces = context;
    size_t length = pieces->size_max < size ? pieces->size_max : size;
    length = length < pieces->rest.length ? length : pieces->rest.length;
    if (length > 0)
        memcpy(bytes, pieces->rest.data, length);
    pieces->rest = (Slice){pieces->rest.data + length, pieces->rest.length - length};
    *out_length = length;
    return true;
}
