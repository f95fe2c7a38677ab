/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a task may have an executor's place. It may not while a bucket or the table that it needs is away: then the
 * task stays planned, the ledger says what it waits for, and its message is acknowledged. Other datasets load
 * meanwhile, and the task is published again after the return. If nothing at all can be loaded, nobody wants the place,
 * and the task keeps it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "task/task.h"
#include "worker/fleet.h"

/* OPEN, or ON_TRIAL if the task is to find out whether its table is back. SHUT, with an OUTAGE in *error, if something
 * that the task needs is away. */
OutageGate place_may_begin(Fleet *fleet, const Dataset *dataset, const Task *task, Error *error) MUST_USE;

/* Whether any dataset can be loaded, as far as is known. A denied bucket counts as unusable. If counts_lost, a lost one
 * does too. */
bool place_can_load_any(Fleet *fleet, bool counts_lost);

/* After an OUTAGE of a bucket or table, with the task claimed: tells the ledger what the task waits for. is_quiet: the
 * log has it already. GIVEN_BACK, or FAILED with the ledger's failure in *error. */
TaskEnd place_give_back(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error) MUST_USE;

/* A task has loaded: so the buckets and the table that it needs are there, and the tasks that waited for them are
 * published. */
void place_note_loaded(Fleet *fleet, Connection *connection, const Dataset *dataset, const Task *task);

/* A bucket has answered: the tasks that waited for it are published, whichever worker put them off. */
void place_note_there(Fleet *fleet, Connection *connection, const char *bucket);

/* A bucket or table that this worker missed is back: the tasks that waited for it are published. */
void place_note_back(Fleet *fleet, Connection *connection, ErrorService service, const char *name);

/* A table may be there: one of the tasks that wait for it is published, to find out. False if none waits. */
bool place_try_table(Connection *connection, const char *table);

/* Makes a lasting refusal of a bucket REFUSED, which stops only what needs the bucket, unless all buckets are denied.
 */
void place_judge_denial(Fleet *fleet, Error *error);
