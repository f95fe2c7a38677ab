/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define CAPACITY_MIN 256

void buffer_init(Buffer *buffer, size_t maximum)
{
    *buffer = (Buffer){.maximum = maximum};
}

void buffer_done(Buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = buffer->capacity = 0;
}

void buffer_clear(Buffer *buffer)
{
    buffer->length = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

bool buffer_reserve(Buffer *buffer, size_t length)
{
    assert(buffer->maximum > 0);
    if (length > buffer->maximum - buffer->length)
        return false;
    size_t needed = buffer->length + length + 1;
    if (needed <= buffer->capacity)
        return true;

    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity * 2;
    if (capacity > buffer->maximum + 1)
        capacity = buffer->maximum + 1;
    if (capacity < needed)
        capacity = needed;
    char *data = realloc(buffer->data, capacity);
    if (!data)
        error_abort("out of memory");
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(Buffer *buffer, Slice bytes)
{
    if (!buffer_reserve(buffer, bytes.length))
        return false;
    if (bytes.length > 0)
        memcpy(buffer->data + buffer->length, bytes.data, bytes.length);
    buffer->length += bytes.length;
    buffer->data[buffer->length] = '\0';
    return true;
}

bool buffer_append_text(Buffer *buffer, const char *text)
{
    return buffer_append(buffer, slice_from_text(text));
}

bool buffer_append_format(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    if (!buffer_reserve(buffer, (size_t)length))
        return false;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
    return true;
}
