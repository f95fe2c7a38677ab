/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes over the rest of a row that was given up: of its line, or of its value. Pure. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "decode/line.h"
#include "decode/window.h"

/* Moves next to the line break, or to the object's end, and adds the bytes on the way to the line. */
bool rest_skip_line(Window *window, Line *line, Error *error) MUST_USE;

typedef enum ValueEnd {
    VALUE_ENDED,
    VALUE_ENDED_LATER, /* after a line break */
    VALUE_TORN,        /* its line or the object ends before it */
    VALUE_LOST,        /* likewise, but it has had a line break: where it ends is not known */
} ValueEnd;

/* Moves next past the value there, which is not a word, by quotes and brackets; if the value is torn, to its line's
 * end. A line break inside a string always ends the value; one between its values does so with is_line. What is passed
 * is added to the line. */
bool rest_skip_value(Window *window, bool is_line, Line *line, ValueEnd *out_end, Error *error) MUST_USE;

/* Whether one of the lines of a text but the first is a JSON object by its quotes and brackets, and begins in the first
 * column. */
bool rest_find_row_line(Slice text);
