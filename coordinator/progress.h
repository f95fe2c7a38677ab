/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a run is, for people: a bar that is drawn over on a terminal, a line every few seconds elsewhere, on stderr.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "db/dispatch.h"

typedef struct ProgressDisplay {
    bool is_terminal;
    bool is_drawn; /* the cursor stands behind a bar */
    int64_t started_ms;
    int64_t shown_ms;
} ProgressDisplay;

void progress_init(ProgressDisplay *display);

/* At most a few times a second, or every few seconds where nobody watches; is_last forces it. */
void progress_show(ProgressDisplay *display, const Progress *progress, bool is_last);

/* A sentence above the bar. */
void progress_say(ProgressDisplay *display, const char *format, ...) __attribute__((format(printf, 2, 3)));
