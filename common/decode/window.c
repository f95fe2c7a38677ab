/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "decode/number.h"
#include "decode/scan.h"
#include "decode/text.h"

/* Fits the second-level cache together with the rows that come of it. */
#define CAPACITY_START (256 * KIB)

/* A document, the byte that shows that it is too long, and what a reject quotes behind a document that broke off. */
#define CAPACITY_MAX (LIMIT_DOCUMENT_BYTES + LIMIT_REJECT_RAW_BYTES + 1)

void window_init(Window *window)
{
    *window = (Window){.capacity = CAPACITY_START};
    window->data = memory_alloc_zeroed(1, window->capacity + SCAN_PADDING);
    window->next = window->data;
}

void window_done(Window *window)
{
    free(window->data);
    *window = (Window){0};
}

void window_begin(Window *window, const DecodeSource *source)
{
    *window = (Window){.source = source, .data = window->data, .capacity = window->capacity, .next = window->data};
    memset(window->data, 0, SCAN_PADDING);
}

static void count_lines_to(Window *window, size_t place)
{
    if (place >= window->counted)
        window->lines += scan_count(window->data + window->counted, place - window->counted, '\n');
    else
        window->lines -= scan_count(window->data + place, window->counted - place, '\n');
    window->counted = place;
}

int64_t window_line_of(Window *window, const char *place)
{
    count_lines_to(window, (size_t)(place - window->data));
    return window->lines + 1;
}

static void drop_front(Window *window)
{
    size_t dropped = (size_t)(window->next - window->data);
    if (dropped == 0)
        return;
    count_lines_to(window, dropped);
    window->length -= dropped;
    memmove(window->data, window->next, window->length);
    window->counted = 0;
    window->offset += (int64_t)dropped;
    window->next = window->data;
}

static void make_room(Window *window, size_t wanted)
{
    if (wanted <= window->capacity)
        return;
    assert(wanted <= CAPACITY_MAX);
    size_t capacity = window->capacity * 2;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity > CAPACITY_MAX)
        capacity = CAPACITY_MAX;
    char *data = memory_alloc_zeroed(1, capacity + SCAN_PADDING);
    memcpy(data, window->data, window->length);
    free(window->data);
    window->next = data + (window->next - window->data);
    window->data = data;
    window->capacity = capacity;
}

bool window_fill(Window *window, size_t wanted, Error *error)
{
    drop_front(window);
    make_room(window, wanted);
    bool is_read = true;
    while (is_read && !window->is_last && window->length < wanted) {
        size_t length = 0;
        const DecodeSource *source = window->source;
        is_read = source->read(source->context, window->data + window->length, window->capacity - window->length,
                               &length, error);
        if (is_read) {
            window->length += length;
            window->is_last = length == 0;
        }
    }
    memset(window->data + window->length, 0, SCAN_PADDING);
    return is_read;
}

bool window_skip_space(Window *window, bool *out_is_there, Error *error)
{
    for (;;) {
        const char *p = window->next;
        while (text_is_space(*p))
            p++;
        window->next = p;
        *out_is_there = p < window_end(window);
        if (*out_is_there || window->is_last)
            return true;
        if (!window_fill(window, 1, error))
            return false;
    }
}

/* How far a value that is not understood has been followed. */
typedef struct Skip {
    int64_t depth;
    bool is_in_string;
    bool is_escaped;
    bool is_number;
} Skip;

/* Returns whether the value is over behind this byte; a number ends before the byte that is none of it. */
static bool skip_byte(Skip *skip, char byte)
{
    if (skip->is_number)
        return !number_is_digit(byte) && !strchr("+-.eE", byte);
    if (skip->is_in_string) {
        if (skip->is_escaped)
            skip->is_escaped = false;
        else if (byte == '\\')
            skip->is_escaped = true;
        else if (byte == '"')
            skip->is_in_string = false;
        return !skip->is_in_string && skip->depth == 0;
    }
    if (byte == '"')
        skip->is_in_string = true;
    else if (byte == '{' || byte == '[')
        skip->depth++;
    else if (byte == '}' || byte == ']')
        skip->depth--;
    return !skip->is_in_string && skip->depth <= 0;
}

bool window_skip_value(Window *window, Error *error)
{
    Skip skip = {.is_number = !strchr("{[\"", *window->next)};
    bool is_over = false;
    while (!is_over) {
        const char *p = window->next;
        while (!is_over && p < window_end(window))
            is_over = skip_byte(&skip, *p++);
        window->next = is_over && skip.is_number ? p - 1 : p;
        if (is_over || (window->is_last && p == window_end(window)))
            break;
        if (!window_fill(window, 1, error))
            return false;
    }
    return true;
}
