/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that somebody else owns. They are valid as long as their owner leaves them alone, and no NUL ends them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct Slice {
    const char *data;
    size_t length;
} Slice;

#define SLICE(literal) ((Slice){(literal), sizeof(literal) - 1})

/* For printf's "%.*s". */
#define SLICE_ARGUMENTS(slice) (int)(slice).length, (slice).data

static inline Slice slice_from_text(const char *text)
{
    return (Slice){text, strlen(text)};
}

static inline bool slice_equals(Slice a, Slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool slice_starts_with(Slice slice, Slice prefix)
{
    return slice.length >= prefix.length && (prefix.length == 0 || memcmp(slice.data, prefix.data, prefix.length) == 0);
}

/* The text without those of its last bytes that are in blanks; slice_trim: without such first bytes, too. */
Slice slice_trim_end(Slice text, const char *blanks);
Slice slice_trim(Slice text, const char *blanks);
