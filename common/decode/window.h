/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of an object that is in memory: filled by the source, emptied from the front. It grows only if one value is
 * longer than the window. After its bytes there are always SCAN_PADDING NUL bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/decode.h"
#include "decode/text.h"

typedef struct Window {
    const DecodeSource *source;
    char *data;
    size_t capacity; /* without the padding */
    size_t length;
    const char *next; /* the bytes before it have been dealt with */
    bool is_last;     /* the source has ended */
    int64_t offset;   /* of data within the object */
    size_t counted;   /* up to here the lines are counted */
    int64_t lines;    /* line breaks before that, from the object's start */
} Window;

void window_init(Window *window);
void window_done(Window *window);

/* Gives back the memory that a long value took. */
void window_shrink(Window *window);

/* Starts over with another source; the memory stays. */
void window_begin(Window *window, const DecodeSource *source);

/* Moves the bytes from next on to the front, and reads until there are at least wanted of them or the source has
 * ended. */
bool window_fill(Window *window, size_t wanted, Error *error) MUST_USE;

/* Moves next to the first byte that is no white space, reading more if need be; *out_is_there is false if there is
 * none. REJECT after LIMIT_ROWLESS_BYTES of white space. */
bool window_skip_spaces(Window *window, bool *out_is_there, Error *error) MUST_USE;

/* Bytes from next on. */
static inline size_t window_available(const Window *window)
{
    return (size_t)(window->data + window->length - window->next);
}

static inline const char *window_end(const Window *window)
{
    return window->data + window->length;
}

static inline int64_t window_offset_of(const Window *window, const char *place)
{
    return window->offset + (place - window->data);
}

/* REJECT if more than LIMIT_ROWLESS_BYTES lie between the offset start and next: a person would wait too long for more.
 */
bool window_check_passed(const Window *window, int64_t start, Error *error) MUST_USE;

/* window_skip_spaces, fast for the common case: one line break, and what follows is in the window. */
static inline bool window_skip_space(Window *window, bool *out_is_there, Error *error)
{
    const char *next = window->next + (*window->next == '\n');
    if (next == window_end(window) || text_is_space(*next))
        return window_skip_spaces(window, out_is_there, error);
    window->next = next;
    *out_is_there = true;
    return true;
}

/* From 1. Counts only what was not counted before. */
int64_t window_line_of(Window *window, const char *place);
