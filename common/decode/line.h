/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a line that is no JSON holds more than one row. Quotes and brackets are followed as if it were JSON; where
 * they are torn, whatever may begin a row counts: in doubt the line holds several. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "decode/document.h"

/* What a line seems to be besides one row. */
typedef enum LineFinding {
    LINE_IS_ONE_ROW,
    LINE_HAS_HOLE, /* NUL bytes in a row, as a file system leaves them after a crash: line breaks may have been there */
    LINE_HAS_ROWS, /* a second place where a row seems to begin */
} LineFinding;

typedef struct Line {
    bool has_array_rows; /* rows may be arrays, too */
    bool is_behind_row;  /* a whole row was before */
    unsigned rows;       /* that began, or of which the end alone is there */
    bool is_headless;    /* that row has no beginning here */
    char before;         /* the last byte that is no blank; NUL: none yet */
    char lead;           /* the one before it */
    bool is_nul;
    bool has_hole;

    char open[DOCUMENT_DEPTH_MAX]; /* the brackets that stand open */
    unsigned depth;
    unsigned braces;    /* of these */
    int64_t deeper;     /* more brackets that stand open */
    bool is_behind_end; /* of what may be a row, and nothing began since */

    bool is_in_string;
    bool is_escaped;
    bool string_has_begin;
    bool string_has_end;
    bool has_row_in_string; /* if it is one: what looks like a row's beginning stands in it */
    bool has_torn_quotes;   /* which strings are strings is in doubt */
} Line;

void line_begin(Line *line, bool has_array_rows, bool is_behind_row);

/* More of the line, without its line break. */
void line_add(Line *line, Slice text);

/* At the line's end. */
LineFinding line_judge(const Line *line);
