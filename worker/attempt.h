/* SPDX-License-Identifier: Apache-2.0
 *
 * The attempt that an executor has begun and whose end the ledger may not know yet: where a session is lost, its end is
 * written by the next one. An attempt that nobody closes counts as a crash. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "db/connection.h"
#include "ledger/claim.h"

typedef struct Attempt {
    Task task; /* its run, ordinal and attempt only; attempt 0: none is open */
    char outcome[16];
    char reason[1024]; /* as long as an Error's message */
} Attempt;

/* Gives the task's next attempt its number and its worker, whose name is borrowed. Called before the ledger is told: if
 * the ledger's answer is lost, the attempt may stand there, and is closed like any other. */
void attempt_begin(Attempt *attempt, Task *task, const char *worker);

/* How it ended, to be written by attempt_close; nothing happens where none is open. */
void attempt_set_outcome(Attempt *attempt, const char *outcome, const char *reason);

/* Writes the end to the ledger, where an attempt is open. */
bool attempt_close(Attempt *attempt, Connection *connection, Error *error) MUST_USE;

/* The ledger knows its end already. */
void attempt_forget(Attempt *attempt);
