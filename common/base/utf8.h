/* SPDX-License-Identifier: Apache-2.0
 *
 * What is a character. For the few texts that are not JSON: the decoder checks JSON by itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the UTF-8 character at text, 1 to 4; 0 if no character begins there that a text column holds. A column
 * holds no NUL, overlong form or surrogate, and nothing beyond U+10FFFF (RFC 3629, section 4). */
size_t utf8_character_length(const unsigned char *text, size_t size);

/* The code point of the character of that length. */
uint32_t utf8_code_point(const unsigned char *text, size_t length);

/* Whether the character is better not shown to people: controls of C0 and C1, what ends a line or turns its direction
 * in Unicode, and what has no width. In a terminal, or in a program that splits lines, it could forge the text after
 * it. */
bool utf8_is_control(uint32_t code_point);

/* Whether all of text is such characters. */
bool utf8_is_valid(const char *text);

/* Puts '?' in place of every byte that is part of no character: then a text that was cut anywhere can be stored. */
void utf8_mend(char *text);
