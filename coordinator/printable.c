/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/printable.h"

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

/* General punctuation and the byte order mark, three bytes each: no width, or other directions. */
static bool is_invisible(const unsigned char *text)
{
    uint32_t code = (text[0] & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
    return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

static bool is_shown(const char *text, size_t length, bool is_ascii)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (length == 1)
        return bytes[0] >= ' ' && bytes[0] < 0x7F;
    bool is_c1 = bytes[0] == 0xC2 && bytes[1] < 0xA0;
    return !is_ascii && !is_c1 && !(length == 3 && is_invisible(bytes));
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
