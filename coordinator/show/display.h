/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a run is, for people, on stderr: on a terminal a block of lines that is drawn over, with what happens above
 * it; elsewhere a line every few seconds. It looks at the ledger and draws so seldom that it costs less than a percent
 * of the time. Nothing of the terminal stays changed between two draws: the cursor waits on the empty line below the
 * block, so that the process may end at any instruction. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "ledger/progress.h"
#include "show/block.h"

typedef struct Display {
    bool is_live; /* a terminal that moves its cursor */
    BlockStyle style;
    BlockState state;
    Progress progress;
    Buffer drawn; /* the block that is on the terminal; empty: none */
    int64_t step_since_ms;
    int64_t look_at_ms; /* not before */
    int64_t draw_at_ms;
    /* What it has cost. */
    int64_t opened_ms;
    int64_t looks, look_us;
    int64_t draws, draw_us;
    int64_t last_look_us, last_draw_us;
} Display;

void display_open(Display *display);

/* Leaves the last state on the terminal, or as the last line, and the cursor at the beginning of a line. */
void display_end(Display *display);
void display_close(Display *display);

/* What the run does now; drawn at once if it has changed. */
void display_set_step(Display *display, BlockStep step);

/* How many objects were listed so far, while the bucket is listed. */
void display_set_listed(Display *display, int64_t listed);

/* Reads how far the runs are and shows it, if it is time for that again, or if it is_forced. */
bool display_look(Display *display, Connection *connection, bool is_forced, Error *error) MUST_USE;

/* A sentence above the block. */
void display_say(Display *display, const char *format, ...) PRINTF_LIKE(2, 3);
