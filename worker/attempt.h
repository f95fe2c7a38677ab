/* SPDX-License-Identifier: Apache-2.0
 *
 * The attempt that an executor has begun and whose end the ledger may not know yet. If the session is lost, the next
 * session writes the attempt's end. An attempt that nobody closes counts as a crash. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "db/connection.h"
#include "task/task.h"

typedef struct Attempt {
    Task task; /* its run, ordinal, attempt and worker only; attempt 0: none is open */
    char outcome[16];
    char reason[1024]; /* as long as an Error's message */
} Attempt;

/* Gives the task's next attempt its number and its worker, whose name is borrowed. Called before the ledger is told: if
 * the ledger's answer is lost, the attempt may stand there, or may do so later, and is closed like any other. */
void attempt_begin(Attempt *attempt, Task *task, const char *worker);

/* How the attempt ended, to be written by attempt_close; it counts only if an attempt is open. */
void attempt_set_outcome(Attempt *attempt, const char *outcome, const char *reason);

bool attempt_is_open(const Attempt *attempt);

/* Writes the end to the ledger, if an attempt is open. */
bool attempt_close(Attempt *attempt, Connection *connection, Error *error) MUST_USE;

/* The ledger knows the attempt's end already. */
void attempt_forget(Attempt *attempt);
