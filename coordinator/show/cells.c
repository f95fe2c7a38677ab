/* SPDX-License-Identifier: Apache-2.0 */
#include "show/cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "show/figure.h"

/* Before so much time, and so large a share, an estimate of the time that is left would be a guess. */
#define ETA_MS_MIN 2000
#define ETA_SHARE_MIN 0.01

/* Bytes say more of the time that is left than objects do, but empty objects have none. */
static double share_of(const ProgressCounts *counts)
{
    if (counts->tasks_planned == 0)
        return 1;
    if (counts->bytes > 0)
        return (double)counts->bytes_done / (double)counts->bytes;
    return counts->objects > 0 ? (double)counts->objects_settled / (double)counts->objects : 0;
}

static const char *dash(const BlockStyle *style)
{
    return style->has_unicode ? "—" : "-";
}

static void write_rate(const ProgressCounts *counts, const BlockStyle *style, char cell[CELL_SIZE])
{
    char bytes[FIGURE_SIZE];
    if (counts->bytes_done > 0 && counts->loading_ms > 0)
        snprintf(cell, CELL_SIZE, "%s/s",
                 figure_bytes(bytes, (double)counts->bytes_done * 1000 / (double)counts->loading_ms));
    else
        snprintf(cell, CELL_SIZE, "%s", dash(style));
}

static void write_eta(const ProgressCounts *counts, const BlockStyle *style, char cell[CELL_SIZE])
{
    char duration[FIGURE_SIZE];
    double share = share_of(counts);
    if (counts->tasks_planned == 0)
        snprintf(cell, CELL_SIZE, "in %s", figure_duration(duration, counts->loading_ms));
    else if (share < ETA_SHARE_MIN || counts->loading_ms < ETA_MS_MIN || counts->tasks_planned == counts->tasks_refused)
        snprintf(cell, CELL_SIZE, "ETA %s", dash(style));
    else
        snprintf(cell, CELL_SIZE, "ETA %s",
                 figure_duration(duration, (int64_t)((double)counts->loading_ms * (1 - share) / share)));
}

/* For a dataset that has nothing left to load. */
static const char *write_settled(const BlockState *state, const ProgressCounts *counts, char cell[CELL_SIZE])
{
    if (counts->tasks_failed > 0)
        snprintf(cell, CELL_SIZE, "held: %" PRId64 " failed", counts->tasks_failed);
    else
        snprintf(cell, CELL_SIZE, "%s", state->step == BLOCK_TRANSFORM ? "transform" : "loaded");
    return counts->tasks_failed > 0 ? COLOUR_RED : "";
}

static const char *write_loading(const ProgressCounts *counts, char cell[CELL_SIZE])
{
    if (counts->tasks_waiting > 0)
        snprintf(cell, CELL_SIZE, "%" PRId64 " loading, %" PRId64 " to retry", counts->tasks_loading,
                 counts->tasks_waiting);
    else
        snprintf(cell, CELL_SIZE, "%" PRId64 " loading", counts->tasks_loading);
    return counts->tasks_waiting > 0 ? COLOUR_YELLOW : "";
}

/* For a dataset that nobody loads just now. */
static const char *write_waiting(const BlockState *state, const ProgressCounts *counts, char cell[CELL_SIZE])
{
    char duration[FIGURE_SIZE];
    if (state->is_workerless)
        snprintf(cell, CELL_SIZE, "no worker");
    else if (counts->tasks_waiting == 0)
        snprintf(cell, CELL_SIZE, "queued");
    else if (counts->retry_ms > state->stale_ms)
        snprintf(cell, CELL_SIZE, "retry within %s",
                 figure_duration(duration, counts->retry_ms - state->stale_ms + 999));
    else
        snprintf(cell, CELL_SIZE, "retry is due");
    return state->is_workerless || counts->tasks_waiting > 0 ? COLOUR_YELLOW : "";
}

/* What is waited for; returns its colour. */
static const char *write_note(const BlockState *state, const ProgressCounts *counts, char cell[CELL_SIZE])
{
    if (counts->tasks_planned == 0)
        return write_settled(state, counts, cell);
    if (counts->tasks_planned == counts->tasks_refused) {
        snprintf(cell, CELL_SIZE, "refused: %s", counts->reason);
        return COLOUR_RED;
    }
    const char *colour = COLOUR_YELLOW;
    if (state->step == BLOCK_ENDED)
        snprintf(cell, CELL_SIZE, "%" PRId64 " tasks left", counts->tasks_planned);
    else
        colour = counts->tasks_loading > 0 ? write_loading(counts, cell) : write_waiting(state, counts, cell);
    if (counts->tasks_failed == 0)
        return colour;
    size_t length = strlen(cell);
    snprintf(cell + length, CELL_SIZE - length, ", %" PRId64 " failed", counts->tasks_failed);
    return COLOUR_RED;
}

void cells_fill(const BlockState *state, const ProgressCounts *counts, const BlockStyle *style, CellLine *out_line)
{
    char first[FIGURE_SIZE], second[FIGURE_SIZE];
    CellLine *line = out_line;
    line->share = share_of(counts);
    snprintf(line->cells[NAME], CELL_SIZE, "%s", counts->dataset ? counts->dataset : "");
    snprintf(line->cells[PERCENT], CELL_SIZE, "%d %%", (int)(100 * line->share));
    snprintf(line->cells[OBJECTS], CELL_SIZE, "%s/%s objects", figure_count(first, counts->objects_settled),
             figure_count(second, counts->objects));
    snprintf(line->cells[BYTES], CELL_SIZE, "%s of %s", figure_bytes(first, (double)counts->bytes_done),
             figure_bytes(second, (double)counts->bytes));
    snprintf(line->cells[ROWS], CELL_SIZE, "%s rows", figure_count(first, counts->rows));
    write_rate(counts, style, line->cells[RATE]);
    write_eta(counts, style, line->cells[ETA]);
    line->colour = write_note(state, counts, line->cells[NOTE]);
}
