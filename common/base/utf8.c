/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

size_t utf8_character_length(const unsigned char *text, size_t size)
{
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
