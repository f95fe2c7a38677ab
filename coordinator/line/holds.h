/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs when tasks begin and cease to wait for a person, so that a reader of watch's log alone knows that something
 * waits for somebody. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/connection.h"
#include "ledger/dispatch.h"

/* What was said last; zeroed: nothing. */
typedef struct Holds {
    Standing standing;
    TaskStanding *tasks; /* that hold their runs, by run and task */
    size_t count;
} Holds;

/* Says what has changed since. */
bool holds_say(Holds *holds, Connection *connection, const Standing *now, Error *error) MUST_USE;

void holds_done(Holds *holds);
