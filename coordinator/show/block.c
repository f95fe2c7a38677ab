/* SPDX-License-Identifier: Apache-2.0 */
#include "show/block.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "show/cells.h"
#include "show/figure.h"
#include "show/printable.h"

#define GAP 2
#define NAME_WIDTH_MAX 16
#define BAR_WIDTH_MIN 8
#define BAR_WIDTH_MAX 30
#define NOTE_WIDTH_MIN 14
#define PLACE_WIDTH_MAX 40

/* What is left out if a terminal is narrow, in this order. */
static const Column dispensable[] = {BYTES, ROWS, RATE, OBJECTS, BAR, NOTE, ETA, PERCENT};

typedef struct Layout {
    size_t widths[COLUMNS]; /* 0: the column is left out */
} Layout;

/* If the buffer is full, the display says less. */
static void append(Buffer *out, const char *text)
{
    (void)!buffer_append_text(out, text);
}

static void append_spaces(Buffer *out, size_t count)
{
    while (count-- > 0)
        append(out, " ");
}

static size_t width_of(const Layout *layout)
{
    size_t width = 0;
    for (Column column = 0; column < COLUMNS; column++)
        if (layout->widths[column] > 0)
            width += layout->widths[column] + (width > 0 ? GAP : 0);
    return width;
}

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns are as wide as their widest cell. If that is too wide, there are fewer of them; if there is room, the bar and
 * the note get longer. */
static Layout lay_out(const CellLine *lines, size_t count, size_t width)
{
    Layout layout = {.widths = {[BAR] = BAR_WIDTH_MIN}};
    for (size_t i = 0; i < count; i++) {
        for (Column column = 0; column < COLUMNS; column++) {
            size_t cell = printable_width(lines[i].cells[column]);
            layout.widths[column] = cell > layout.widths[column] ? cell : layout.widths[column];
        }
    }
    size_t note = layout.widths[NOTE];
    layout.widths[NOTE] = min_of(note, NOTE_WIDTH_MIN);
    layout.widths[NAME] = min_of(layout.widths[NAME], NAME_WIDTH_MAX);
    for (size_t i = 0; i < sizeof dispensable / sizeof *dispensable && width_of(&layout) > width; i++)
        layout.widths[dispensable[i]] = 0;
    layout.widths[NAME] = min_of(layout.widths[NAME], width);
    size_t left = width - min_of(width_of(&layout), width);
    if (layout.widths[NOTE] > 0) {
        size_t more = min_of(left, note - layout.widths[NOTE]);
        layout.widths[NOTE] += more;
        left -= more;
    }
    if (layout.widths[BAR] > 0)
        layout.widths[BAR] += min_of(left, BAR_WIDTH_MAX - BAR_WIDTH_MIN);
    return layout;
}

static void append_coloured(Buffer *out, const BlockStyle *style, const char *colour, const char *text, size_t width)
{
    bool is_coloured = style->has_colour && *colour;
    append(out, is_coloured ? colour : "");
    printable_append(out, text, width, !style->has_unicode);
    append(out, is_coloured ? COLOUR_NONE : "");
}

static void append_bar(Buffer *out, const BlockStyle *style, double share, size_t width)
{
    size_t filled = (size_t)(share * (double)width);
    append(out, style->has_colour ? COLOUR_GREEN : "");
    for (size_t i = 0; i < width; i++) {
        if (i == filled)
            append(out, style->has_colour ? COLOUR_NONE COLOUR_FAINT : "");
        append(out, i < filled ? (style->has_unicode ? "█" : "#") : (style->has_unicode ? "░" : "."));
    }
    append(out, style->has_colour ? COLOUR_NONE : "");
}

static void append_cells(const CellLine *line, const Layout *layout, const BlockStyle *style, Buffer *out)
{
    for (Column column = 0; column < COLUMNS; column++) {
        size_t width = layout->widths[column];
        const char *text = line->cells[column];
        size_t padding = width - min_of(printable_width(text), width);
        if (width == 0)
            continue;
        append_spaces(out, column > 0 ? GAP : 0);
        if (column == BAR)
            append_bar(out, style, line->share, width);
        else if (column == NOTE)
            append_coloured(out, style, line->colour, text, width);
        else {
            append_spaces(out, column == NAME ? 0 : padding);
            append_coloured(out, style, "", text, width);
            append_spaces(out, column == NAME ? padding : 0);
        }
    }
    append(out, "\n");
}

static void append_more(Buffer *out, const BlockStyle *style, int64_t count, const char *of)
{
    char text[CELL_SIZE];
    snprintf(text, sizeof text, "  and %" PRId64 " %s more", count, of);
    append_coloured(out, style, COLOUR_FAINT, text, style->width - 1);
    append(out, "\n");
}

static void append_datasets(const BlockState *state, const BlockStyle *style, size_t lines_max, Buffer *out)
{
    const Progress *progress = state->progress;
    size_t count = progress->dataset_count <= lines_max ? progress->dataset_count : lines_max - 1;
    AUTO_FREE CellLine *lines = memory_alloc_zeroed(count + 1, sizeof *lines);
    for (size_t i = 0; i < count; i++)
        cells_fill(state, &progress->datasets[i], style, &lines[i]);
    Layout layout = lay_out(lines, count, style->width - 1);
    for (size_t i = 0; i < count; i++)
        append_cells(&lines[i], &layout, style, out);
    if (count < progress->dataset_count)
        append_more(out, style, (int64_t)(progress->dataset_count - count), "datasets");
}

/* What matters most stands at the left: a narrow terminal cuts the rest. */
static void append_worker(const ProgressWorker *worker, int64_t stale_ms, size_t place_width, const BlockStyle *style,
                          Buffer *out)
{
    char duration[FIGURE_SIZE], place[CELL_SIZE], text[3 * CELL_SIZE], attempt[FIGURE_SIZE] = "";
    snprintf(place, sizeof place, "%s/%s", worker->dataset, worker->partition);
    if (worker->attempt > 1)
        snprintf(attempt, sizeof attempt, ", attempt %" PRId64, worker->attempt);
    size_t padding = place_width - min_of(printable_width(place), place_width);
    snprintf(text, sizeof text, "  %5s  %s%*s  task %" PRId64 "/%" PRId64 "%s  %s",
             figure_duration(duration, worker->ms + stale_ms), place, (int)padding, "", worker->run, worker->task,
             attempt, worker->worker);
    append_coloured(out, style, worker->attempt > 1 ? COLOUR_YELLOW : COLOUR_FAINT, text, style->width - 1);
    append(out, "\n");
}

static void append_workers(const BlockState *state, const BlockStyle *style, size_t lines_max, Buffer *out)
{
    const Progress *progress = state->progress;
    size_t count = min_of(progress->worker_count, BLOCK_WORKERS_MAX);
    bool is_more = (size_t)progress->workers_all > min_of(count, lines_max);
    count = is_more && lines_max > 0 ? min_of(count, lines_max - 1) : min_of(count, lines_max);
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t place =
            printable_width(progress->workers[i].dataset) + 1 + printable_width(progress->workers[i].partition);
        width = place > width ? place : width;
    }
    for (size_t i = 0; i < count; i++)
        append_worker(&progress->workers[i], state->stale_ms, min_of(width, PLACE_WIDTH_MAX), style, out);
    if (is_more && lines_max > 0)
        append_more(out, style, progress->workers_all - (int64_t)count, "tasks are loading");
}

static void append_pass(const BlockState *state, const BlockStyle *style, Buffer *out)
{
    char count[FIGURE_SIZE], duration[FIGURE_SIZE], text[CELL_SIZE];
    snprintf(text, sizeof text, "%s: %s%s  %s", state->step == BLOCK_LISTING ? "listing" : "planning",
             figure_things(count, state->listed, "object"),
             state->step == BLOCK_LISTING ? " so far" : " beside the ledger",
             figure_duration(duration, state->step_ms));
    append_coloured(out, style, "", text, style->width - 1);
    append(out, "\n");
}

void block_append(const BlockState *state, const BlockStyle *style, Buffer *out)
{
    if (state->step == BLOCK_NOTHING || style->width < 2 || style->height < 2)
        return;
    if (state->step == BLOCK_LISTING || state->step == BLOCK_PLANNING) {
        append_pass(state, style, out);
        return;
    }
    size_t lines_max = style->height - 1, datasets = min_of(state->progress->dataset_count, lines_max);
    append_datasets(state, style, lines_max, out);
    if (state->step == BLOCK_LOADING)
        append_workers(state, style, lines_max - datasets, out);
}

static void append_cell(const CellLine *line, Column column, const char *separator, const BlockStyle *style,
                        Buffer *out)
{
    append(out, separator);
    printable_append(out, line->cells[column], CELL_SIZE, !style->has_unicode);
}

void block_append_line(const BlockState *state, const BlockStyle *style, Buffer *out)
{
    CellLine line = {0};
    const Progress *progress = state->progress;
    cells_fill(state, &progress->total, style, &line);
    for (Column column = PERCENT; column < NOTE; column++)
        append_cell(&line, column, column == PERCENT ? "" : column == OBJECTS ? ": " : ", ", style, out);
    for (size_t i = 0; i < progress->dataset_count; i++) {
        cells_fill(state, &progress->datasets[i], style, &line);
        append_cell(&line, NAME, i == 0 ? "; " : ", ", style, out);
        append_cell(&line, PERCENT, " ", style, out);
        append_cell(&line, NOTE, " (", style, out);
        append(out, ")");
    }
}

void block_append_event(const ProgressEvent *event, const BlockStyle *style, Buffer *out)
{
    char place[2 * CELL_SIZE], what[CELL_SIZE];
    snprintf(place, sizeof place, "%s/%s: ", event->dataset, event->partition);
    if (event->attempt > 0)
        snprintf(what, sizeof what, "attempt %" PRId64 " of task %" PRId64 "/%" PRId64 " ended, %s: ", event->attempt,
                 event->run, event->task, event->outcome);
    else
        snprintf(what, sizeof what, "task %" PRId64 "/%" PRId64 " failed: ", event->run, event->task);
    printable_append(out, place, SIZE_MAX, !style->has_unicode);
    append_coloured(out, style, event->attempt > 0 ? COLOUR_YELLOW : COLOUR_RED, what, SIZE_MAX);
    printable_append(out, event->reason, SIZE_MAX, !style->has_unicode);
}

size_t block_count_lines(Slice text, size_t width)
{
    size_t lines = 0, column = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *c = text.data + i;
        if (*c == '\033') {
            const char *end = memchr(c, 'm', text.length - i);
            i += end ? (size_t)(end - c) : 0;
        } else if (*c == '\n') {
            lines += width > 0 && column > width ? (column + width - 1) / width : 1;
            column = 0;
        } else if (((unsigned char)*c & 0xC0) != 0x80) {
            column++;
        }
    }
    return lines;
}
