/* SPDX-License-Identifier: Apache-2.0
 *
 * What is a character: for the few texts that are not JSON, whose own check is the decoder's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Length of the UTF-8 character at text, 1 to 4; 0 where there is none that a text column holds: NUL, overlong forms,
 * surrogates and what lies beyond U+10FFFF (RFC 3629, section 4). */
size_t utf8_character_length(const unsigned char *text, size_t size);

/* Whether all of text is such characters. */
bool utf8_is_valid(const char *text);

/* Puts '?' in place of every byte that is part of none: a text that was cut somewhere can then be stored. */
void utf8_mend(char *text);
