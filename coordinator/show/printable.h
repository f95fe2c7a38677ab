/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of the ledger on a terminal: keys, partitions and reasons come from outside, and what a terminal would obey must
 * not reach it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Code points, which for what stands in a ledger is nearly columns of a terminal. */
size_t printable_width(const char *text);

/* Appends the text's first characters; where it has more than width_max the last one of them is "…". A control
 * character (C0, DEL, C1), one that turns the direction of writing or has no width, and a byte that is no UTF-8 stand
 * as "?", with is_ascii whatever is not ASCII too. What the buffer has no room for is left out. */
void printable_append(Buffer *out, const char *text, size_t width_max, bool is_ascii);

/* The same of a text of several lines: its line ends and tabs stay. */
void printable_append_lines(Buffer *out, const char *text);
