/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

size_t utf8_character_length(const unsigned char *text, size_t size)
{
    assert(size > 0);
    if (text[0] < 0x80)
        return text[0] == 0 ? 0 : 1;
    size_t length = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;
    if (text[0] < 0xC2 || text[0] > 0xF4 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    bool is_overlong = (text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90);
    bool is_beyond = (text[0] == 0xF4 && text[1] > 0x8F) || (text[0] == 0xED && text[1] > 0x9F);
    return is_overlong || is_beyond ? 0 : length;
}

uint32_t utf8_code_point(const unsigned char *text, size_t length)
{
    assert(length >= 1 && length <= 4);
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = text[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (text[i] & 0x3Fu);
    return code;
}

bool utf8_is_control(uint32_t code_point)
{
    static const uint32_t ranges[][2] = {{0, 0x1F},         {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C},
                                         {0x115F, 0x1160},  {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E},
                                         {0x2060, 0x206F},  {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
                                         {0xE0000, 0xE0FFF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code_point >= ranges[i][0] && code_point <= ranges[i][1])
            return true;
    return false;
}

bool utf8_is_valid(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        size_t length = utf8_character_length((const unsigned char *)text + i, size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

void utf8_mend(char *text)
{
    for (size_t size = strlen(text), i = 0; i < size;) {
        size_t length = utf8_character_length((const unsigned char *)text + i, size - i);
        if (length == 0)
            text[i] = '?';
        i += length > 0 ? length : 1;
    }
}
