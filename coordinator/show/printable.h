/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of the ledger on a terminal. Keys, partitions and reasons come from outside, and characters that a terminal
 * would obey must not reach it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* The number of code points. For what is in a ledger, that is nearly the number of columns on a terminal. */
size_t printable_width(const char *text);

/* Appends the text's first characters. If it has more than width_max, the last one appended is "…". Shown as "?" are
 * control characters (C0, DEL, C1), characters that turn the direction of writing or have no width, bytes that are no
 * UTF-8, and with is_ascii all that is not ASCII. What the buffer has no room for is left out. */
void printable_append(Buffer *out, const char *text, size_t width_max, bool is_ascii);

/* The same for a text of several lines: its line ends and tabs stay. */
void printable_append_lines(Buffer *out, const char *text);
