/* SPDX-License-Identifier: Apache-2.0
 *
 * Characters: UTF-8 and JSON's escapes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* The first byte that begins no character of UTF-8 (overlong forms, surrogates and what is above U+10FFFF are none);
 * NULL if there is none. Up to SCAN_BLOCK bytes after the text may be read. */
const char *text_find_bad_utf8(Slice text);

/* How many characters a valid text has. */
size_t text_count_characters(Slice text);

/* Writes the character at out, at most 4 bytes, and returns where the next one goes. */
char *text_put_character(char *out, uint32_t character);

/* The text without white space at either end. */
Slice text_trim(Slice text);

/* ASCII letters in lower case. */
char text_fold_byte(char byte);

static inline bool text_is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* The byte that \b, \n and the like stand for; 0 if the letter makes no such escape. */
static inline char text_unescape(char letter)
{
    static const char escapes[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    return escapes[(unsigned char)letter];
}

/* -1 if the byte is no hexadecimal digit. */
static inline int text_hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}
