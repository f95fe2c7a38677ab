/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a task may have an executor's place: not while a bucket or the table that it needs is away. It stays planned
 * then and says what it waits for, its message is acknowledged, and it is published again when that is back; other
 * datasets load meanwhile. Where nothing at all can be loaded, nobody wants the place, and it keeps it. */
#pragma once

#include <stdbool.h>

#include "base/config.h"
#include "base/error.h"
#include "db/claim.h"
#include "db/connection.h"
#include "worker/fleet.h"

/* OUTAGE where something that the task needs is away. *out_is_trial is set where it finds out whether its table is
 * back. */
bool place_may_begin(Fleet *fleet, const Dataset *dataset, const Task *task, bool *out_is_trial, Error *error) MUST_USE;

/* Whether any dataset can be loaded, as far as is known: what is denied cannot and, where counts_lost, what is lost
 * neither. */
bool place_can_load_any(Fleet *fleet, bool counts_lost);

/* After an OUTAGE of a bucket or table: the ledger is told what the task waits for. is_quiet: that is said already. */
bool place_give_up(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error) MUST_USE;

/* A task got through: what it needs is there, and what waited for that is published. */
void place_note_loaded(Fleet *fleet, Connection *connection, const Dataset *dataset, const Task *task);

/* Publishes what waits for a bucket or table, at most limit tasks; *out_count: how many there were. */
bool place_return(Connection *connection, ErrorService service, const char *name, int64_t limit, int64_t *out_count,
                  Error *error) MUST_USE;

#define PLACE_RETURN_ALL INT64_MAX

/* A FATAL refusal of a bucket is REFUSED, a person's to mend for what needs the bucket, unless all are denied. */
void place_judge_denial(Fleet *fleet, Error *error);
