/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that is touched as long as a daemon's main thread gets on, for whoever decides from its age whether to start
 * the daemon anew. An outage that is waited out is no reason to, nor is a statement that the warehouse takes long for.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* No oftener, whoever asks: a poll loop comes round every 100 ms. */
#define HEALTH_TOUCH_MS 2000

/* Makes and touches the file; "": there is to be none. FATAL where it cannot be written. What follows is about the
 * thread that calls this; in others, and in a process that has no such file, it does nothing. */
bool health_begin(const char *path, Error *error) MUST_USE;

/* Also a beat of the thread's pulse (base/pulse.h). A touch that fails is not reported: the file's age tells. */
void health_touch(void);

/* At a clean end the file goes. */
void health_end(void);
