/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that we own: a growing array that is born with a maximum and refuses to grow past it, so that no input decides
 * how much memory a process uses. A zeroed Buffer has no maximum: buffer_init gives it one before the first
 * append. Out of memory ends the process. After curl's dynbuf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/slice.h"

typedef struct Buffer {
    char *data; /* NUL after the last byte, once something was appended */
    size_t length;
    size_t capacity;
    size_t maximum;
} Buffer;

#define AUTO_BUFFER AUTO(Buffer, buffer_done)

void buffer_init(Buffer *buffer, size_t maximum);

/* Frees the bytes; the buffer keeps its maximum and may be used again. */
void buffer_done(Buffer *buffer);

/* Empties the buffer and keeps its memory. */
void buffer_clear(Buffer *buffer);

/* Makes room for length more bytes. False, with the buffer as it was, if they would not fit under the maximum. */
bool buffer_reserve(Buffer *buffer, size_t length) MUST_USE;

/* False, with the buffer as it was, if the bytes would not fit under the maximum. */
bool buffer_append(Buffer *buffer, Slice bytes) MUST_USE;
bool buffer_append_text(Buffer *buffer, const char *text) MUST_USE;
bool buffer_append_format(Buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;

static inline Slice buffer_slice(const Buffer *buffer)
{
    return (Slice){buffer->data ? buffer->data : "", buffer->length};
}
