/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void *check(void *memory)
{
    if (!memory)
        error_abort("out of memory");
    return memory;
}

void *memory_alloc_zeroed(size_t count, size_t size)
{
    return check(calloc(count > 0 ? count : 1, size));
}

char *memory_copy_text(const char *text)
{
    return check(strdup(text));
}

char *memory_copy_slice(Slice slice)
{
    char *copy = check(malloc(slice.length + 1));
    if (slice.length > 0)
        memcpy(copy, slice.data, slice.length);
    copy[slice.length] = '\0';
    return copy;
}

void memory_wipe_text(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

char *memory_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return check(length < 0 ? NULL : text);
}

void *memory_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    assert(count <= *capacity);
    assert(size > 0);
    if (count < *capacity)
        return array;
    *capacity = *capacity > 0 ? *capacity * 2 : 8;
    return check(reallocarray(array, *capacity, size));
}
