/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a run is, as text: the block of lines that a terminal shows over and over, the one line that a log gets, and
 * the sentence for what went wrong. Texts of the ledger are made printable here. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "ledger/progress.h"

typedef enum BlockStep {
    BLOCK_NOTHING, /* to be shown yet */
    BLOCK_LISTING,
    BLOCK_PLANNING,
    BLOCK_LOADING,
    BLOCK_TRANSFORM,
    BLOCK_ENDED, /* whether all was done or not */
} BlockStep;

typedef struct BlockState {
    BlockStep step;
    const Progress *progress;
    int64_t listed;     /* objects */
    int64_t step_ms;    /* since the step began */
    int64_t stale_ms;   /* since the ledger was looked at */
    bool is_workerless; /* nobody is there to load */
} BlockState;

typedef struct BlockStyle {
    size_t width; /* columns and lines of the terminal */
    size_t height;
    bool has_colour;
    bool has_unicode;
} BlockStyle;

/* Workers that are shown at most. */
#define BLOCK_WORKERS_MAX 16

/* Appends the block's lines: none longer than the terminal is wide, fewer than it is high. */
void block_append(const BlockState *state, const BlockStyle *style, Buffer *out);

/* Appends one line about all of it, for a log. */
void block_append_line(const BlockState *state, const BlockStyle *style, Buffer *out);

/* Appends a line about an attempt or a task that failed. */
void block_append_event(const ProgressEvent *event, const BlockStyle *style, Buffer *out);

/* How many lines text takes on a terminal that is so wide: it folds longer ones. */
size_t block_count_lines(Slice text, size_t width);
