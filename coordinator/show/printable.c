/* SPDX-License-Identifier: Apache-2.0 */
#include "show/printable.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* A byte that is part of no character counts as one. */
static size_t character_length(const char *text)
{
    size_t length = utf8_character_length((const unsigned char *)text, strnlen(text, 4));
    return length > 0 ? length : 1;
}

size_t printable_width(const char *text)
{
    size_t width = 0;
    for (; *text; text += character_length(text))
        width++;
    return width;
}

static bool is_shown(const char *text, size_t length, bool is_ascii)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (length == 1 && bytes[0] >= 0x80)
        return false;
    return !utf8_is_control(utf8_code_point(bytes, length)) && (length == 1 || !is_ascii);
}

void printable_append(Buffer *out, const char *text, size_t width_max, bool is_ascii)
{
    for (size_t width = 1; *text && width <= width_max; width++) {
        size_t length = character_length(text);
        bool is_cut = width == width_max && text[length];
        Slice shown = {text, length};
        if (is_cut)
            shown = is_ascii ? (Slice){"~", 1} : (Slice){"…", strlen("…")};
        else if (!is_shown(text, length, is_ascii))
            shown = (Slice){"?", 1};
        if (!buffer_append(out, shown))
            return;
        text += length;
    }
}

void printable_append_lines(Buffer *out, const char *text)
{
    for (size_t length; *text; text += length) {
        length = character_length(text);
        bool stays = *text == '\n' || *text == '\t' || is_shown(text, length, false);
        if (!buffer_append(out, stays ? (Slice){text, length} : (Slice){"?", 1}))
            return;
    }
}
