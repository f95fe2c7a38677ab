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
#include "ledger/claim.h"
#include "worker/fleet.h"

/* OUTAGE if something that the task needs is away. *out_is_trial becomes true if the task is to find out whether its
 * table is back. */
bool place_may_begin(Fleet *fleet, const Dataset *dataset, const Task *task, bool *out_is_trial, Error *error) MUST_USE;

/* Whether any dataset can be loaded, as far as is known. What is denied cannot; with counts_lost, neither can what is
 * lost. */
bool place_can_load_any(Fleet *fleet, bool counts_lost);

/* After an OUTAGE of a bucket or table: tells the ledger what the task waits for. is_quiet: the log has it already. */
bool place_give_up(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error) MUST_USE;

/* A task got through: what it needs is there, and what waited for that is published. */
void place_note_loaded(Fleet *fleet, Connection *connection, const Dataset *dataset, const Task *task);

/* A bucket has answered: what waited for it is published, whoever put it off. */
void place_note_there(Fleet *fleet, Connection *connection, const char *bucket);

/* A table may be there: of what waits for it one task is published, to find out. */
void place_try_table(Connection *connection, const char *table);

/* Publishes what waits for a bucket or table, at most limit tasks; *out_count: how many there were. */
bool place_return(Connection *connection, ErrorService service, const char *name, int64_t limit, int64_t *out_count,
                  Error *error) MUST_USE;

#define PLACE_RETURN_ALL INT64_MAX

/* Makes a FATAL refusal of a bucket REFUSED, which stops only what needs the bucket, unless all buckets are denied. */
void place_judge_denial(Fleet *fleet, Error *error);
