/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/text.h"

#include <stdint.h>

#include "decode/scan.h"

/* Length of the character beyond ASCII that starts at p; 0 if none does (Unicode 15, table 3-7). */
static size_t measure_character(const unsigned char *p, size_t available)
{
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    if (p[0] < 0xE0)
        return available >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;

    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (available < 3 || p[1] < low || p[1] > high || (p[2] & 0xC0) != 0x80)
        return 0;
    if (p[0] < 0xF0)
        return 3;
    return available >= 4 && (p[3] & 0xC0) == 0x80 ? 4 : 0;
}

/* Up to a block's length of ASCII at a time; most texts are nothing else. */
const char *text_find_bad_utf8(Slice text)
{
    const char *p = text.data;
    const char *end = p + text.length;
    while (p < end) {
        unsigned high = scan_high(scan_load(p));
        if (high == 0) {
            p += SCAN_BLOCK;
            continue;
        }
        p += __builtin_ctz(high);
        while (p < end && (unsigned char)*p >= 0x80) {
            size_t length = measure_character((const unsigned char *)p, (size_t)(end - p));
            if (length == 0)
                return p;
            p += length;
        }
    }
    return NULL;
}

size_t text_count_characters(Slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

char *text_put_character(char *out, uint32_t character)
{
    if (character < 0x80) {
        *out++ = (char)character;
    } else if (character < 0x800) {
        *out++ = (char)(0xC0 | character >> 6);
        *out++ = (char)(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        *out++ = (char)(0xE0 | character >> 12);
        *out++ = (char)(0x80 | (character >> 6 & 0x3F));
        *out++ = (char)(0x80 | (character & 0x3F));
    } else {
        *out++ = (char)(0xF0 | character >> 18);
        *out++ = (char)(0x80 | (character >> 12 & 0x3F));
        *out++ = (char)(0x80 | (character >> 6 & 0x3F));
        *out++ = (char)(0x80 | (character & 0x3F));
    }
    return out;
}

Slice text_trim(Slice text)
{
    while (text.length > 0 && text_is_space(text.data[0]))
        text = (Slice){text.data + 1, text.length - 1};
    while (text.length > 0 && text_is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

char text_fold_byte(char byte)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    if (byte < 'A' || byte > 'Z')
        return byte;
    return lower[byte - 'A'];
}
