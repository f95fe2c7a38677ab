/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes over what is left of a row that was given up: the rest of its line, or of its value. Pure. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "decode/window.h"

/* What a line seems to be besides one row. */
typedef enum LineFinding {
    LINE_IS_ONE_ROW,
    LINE_HAS_HOLE, /* NUL bytes in a row, as a file system leaves them after a crash: line breaks may have been there */
    LINE_HAS_ROWS, /* a second place where a row seems to begin */
} LineFinding;

/* Moves next to the line break, or to the object's end. After a whole row each brace may begin another one. */
bool rest_skip_line(Window *window, bool is_behind_row, LineFinding *out_finding, Error *error) MUST_USE;

typedef enum ValueEnd {
    VALUE_ENDED,
    VALUE_ENDED_LATER, /* after a line break */
    VALUE_TORN,        /* its line ends, or the object, and it does not */
    VALUE_LOST,        /* likewise, after a line break: its end is not known */
} ValueEnd;

/* Moves next past the value there, which is not a word, by quotes and brackets; if the value is torn, to its line's
 * end. A line break inside a string always ends the value; one between its values does so with is_line. */
bool rest_skip_value(Window *window, bool is_line, ValueEnd *out_end, Error *error) MUST_USE;

/* Whether one of the lines of a text but the first is a JSON object by its quotes and brackets, and begins in the first
 * column. */
bool rest_find_row_line(Slice text);
