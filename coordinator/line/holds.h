/* SPDX-License-Identifier: Apache-2.0
 *
 * What waits for a person, in the log of watch: said when it begins and when it is over, so that whoever reads only
 * this log knows that somebody is waited for. */
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
