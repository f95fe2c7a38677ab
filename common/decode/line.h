/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a line that is no JSON holds more than one row. Quotes and brackets are followed as if it were JSON. If
 * they are torn, every byte that may begin a row counts: in doubt the line holds several rows. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "decode/document.h"

/* What a line seems to be besides one row. */
typedef enum LineFinding {
    LINE_IS_ONE_ROW,
    LINE_HAS_HOLE, /* NUL bytes in a row, as a file system leaves them after a crash: line breaks may have been there */
    LINE_HAS_ROWS, /* a second row seems to begin in it */
} LineFinding;

typedef struct Line {
    bool has_array_rows; /* rows may be arrays, too */
    bool is_after_row;   /* a whole row stands before it on its line */
    unsigned rows;       /* that began in it, or of which it has the end alone */
    bool is_headless;    /* its row has only its end here */
    char before;         /* the last byte that is no blank; NUL: none yet */
    char lead;           /* the one before it */
    bool is_nul;
    bool has_hole;

    char open[DOCUMENT_DEPTH_MAX]; /* the brackets that stand open */
    unsigned depth;
    unsigned braces;   /* of these */
    int64_t deeper;    /* more brackets that stand open */
    bool is_after_end; /* of what may be a row, and nothing began since */

    bool is_in_string;
    bool is_escaped;
    bool string_has_begin;
    bool string_has_end;
    bool has_row_in_string; /* if it is a string: what looks like a row's beginning stands in it */
    bool has_torn_quotes;   /* which strings are strings is in doubt */
} Line;

void line_begin(Line *line, bool has_array_rows, bool is_after_row);

/* More of the line, without its line break. */
void line_add(Line *line, Slice text);

/* At the line's end. */
LineFinding line_judge(const Line *line);
