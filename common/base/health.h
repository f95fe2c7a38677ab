/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that is touched as long as a daemon's main thread makes progress. An orchestrator decides from the file's age
 * whether to start the daemon again. So the file is touched also while the daemon waits for the end of an outage, or
 * for a statement that takes the warehouse long. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* The file is touched no more often than this: a poll loop calls health_touch every 100 ms. */
#define HEALTH_TOUCH_MS 2000

/* Makes and touches the file; the path "" asks for none. FATAL if it cannot be written. The functions below are for the
 * thread that calls this one: in other threads, and in a process without such a file, they do nothing. */
bool health_begin(const char *path, Error *error) MUST_USE;

/* Also beats the thread's pulse (base/pulse.h). A touch that fails is not reported: the file's age tells it. */
void health_touch(void);

/* Removes the file, at a clean end. */
void health_end(void);
