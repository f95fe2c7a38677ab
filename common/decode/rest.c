/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/rest.h"

#include <string.h>

#include "decode/number.h"
#include "decode/text.h"

bool rest_skip_line(Window *window, Line *line, Error *error)
{
    int64_t start = window_offset_of(window, window->next);
    for (;;) {
        const char *end = window_end(window);
        const char *line_end = memchr(window->next, '\n', (size_t)(end - window->next));
        const char *next = line_end ? line_end : end;
        line_add(line, (Slice){window->next, (size_t)(next - window->next)});
        window->next = next;
        if (line_end || window->is_last)
            return true;
        if (!window_check_passed(window, start, error) || !window_fill(window, 1, error))
            return false;
    }
}

/* How far a value that is not understood has been followed. */
typedef struct Skip {
    int64_t depth;
    bool is_in_string;
    bool is_escaped;
    bool is_number;
    bool has_break;
} Skip;

/* Returns whether the value is over after this byte. A number is over before the first byte that is not part of it. */
static bool skip_byte(Skip *skip, char byte)
{
    if (skip->is_number)
        return !number_is_digit(byte) && (byte == '\0' || !strchr("+-.eE", byte));
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

/* Follows the value through the text. *at is the byte after its end, or the place where it is torn. */
static bool follow(Skip *skip, bool is_line, const char **at, const char *end, ValueEnd *out_end)
{
    for (const char *p = *at; p < end; p++) {
        bool is_break = *p == '\n';
        if (is_break && !skip->is_number && (is_line || skip->is_in_string)) {
            *out_end = skip->has_break ? VALUE_LOST : VALUE_TORN;
            *at = p;
            return true;
        }
        if (skip_byte(skip, *p)) {
            *out_end = skip->has_break ? VALUE_ENDED_LATER : VALUE_ENDED;
            *at = skip->is_number ? p : p + 1;
            return true;
        }
        skip->has_break |= is_break;
    }
    *at = end;
    return false;
}

bool rest_skip_value(Window *window, bool is_line, Line *line, ValueEnd *out_end, Error *error)
{
    Skip skip = {.is_number = !strchr("{[\"", *window->next)};
    int64_t start = window_offset_of(window, window->next);
    for (;;) {
        const char *from = window->next;
        bool is_over = follow(&skip, is_line, &window->next, window_end(window), out_end);
        line_add(line, (Slice){from, (size_t)(window->next - from)});
        if (is_over)
            return true;
        if (window->is_last) {
            *out_end = skip.is_number ? VALUE_ENDED : skip.has_break ? VALUE_LOST : VALUE_TORN;
            return true;
        }
        if (!window_check_passed(window, start, error) || !window_fill(window, 1, error))
            return false;
    }
}

static bool is_row(const char *line, const char *end)
{
    Skip skip = {0};
    ValueEnd how;
    if (*line != '{' || !follow(&skip, true, &line, end, &how) || how != VALUE_ENDED)
        return false;
    while (line < end && text_is_space(*line) && *line != '\n')
        line++;
    return line == end || *line == '\n';
}

bool rest_find_row_line(Slice text)
{
    const char *end = text.data + text.length;
    const char *line = text.data;
    while ((line = memchr(line, '\n', (size_t)(end - line)))) {
        line++;
        if (line < end && is_row(line, end))
            return true;
    }
    return false;
}
