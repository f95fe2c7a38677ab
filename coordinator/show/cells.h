/* SPDX-License-Identifier: Apache-2.0
 *
 * What a dataset's line of the block says, cell by cell. block.c lays the cells out. Pure. */
#pragma once

#include "show/block.h"

#define CELL_SIZE 256

#define COLOUR_RED "\033[31m"
#define COLOUR_GREEN "\033[32m"
#define COLOUR_YELLOW "\033[33m"
#define COLOUR_FAINT "\033[2m"
#define COLOUR_NONE "\033[0m"

typedef enum Column { NAME, BAR, PERCENT, OBJECTS, BYTES, ROWS, RATE, ETA, NOTE, COLUMNS } Column;

/* Texts as they stand in the ledger: not printable yet. */
typedef struct CellLine {
    char cells[COLUMNS][CELL_SIZE];
    double share;       /* that is settled, 0 to 1 */
    const char *colour; /* of the note; "": none */
} CellLine;

void cells_fill(const BlockState *state, const ProgressCounts *counts, const BlockStyle *style, CellLine *out_line);
