/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "decode/scan.h"
#include "decode/text.h"

/* Fits the second-level cache together with the rows that come of it. */
#define CAPACITY_START (256 * KIB)

/* A document, the byte that shows that it is too long, and the bytes that a reject quotes after a document that broke
 * off. */
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

void window_shrink(Window *window)
{
    if (window->capacity == CAPACITY_START)
        return;
    window_done(window);
    window_init(window);
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

bool window_check_passed(const Window *window, int64_t start, Error *error)
{
    return window_offset_of(window, window->next) - start <= (int64_t)LIMIT_ROWLESS_BYTES ||
           error_set(error, ERROR_REJECT, "the object has more than %zu MiB in which there is no row; write it again",
                     LIMIT_ROWLESS_BYTES / MIB);
}

bool window_skip_spaces(Window *window, bool *out_is_there, Error *error)
{
    int64_t start = window_offset_of(window, window->next);
    for (;;) {
        const char *p = window->next;
        while (text_is_space(*p))
            p++;
        window->next = p;
        *out_is_there = p < window_end(window);
        if (*out_is_there || window->is_last)
            return true;
        if (!window_check_passed(window, start, error) || !window_fill(window, 1, error))
            return false;
    }
}
