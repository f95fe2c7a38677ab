/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done about each kind of failure: the table "Failure policy" of ARCHITECTURE.md, in one place. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "db/connection.h"
#include "ledger/claim.h"
#include "s3/s3.h"
#include "warehouse/outcome.h"
#include "worker/fleet.h"

/* What a failure calls for. A RETRY becomes an OUTAGE if a probe of the service, or of the bucket, fails too. A FATAL
 * refusal of a bucket becomes REFUSED if another bucket can be loaded from. */
void policy_judge(Fleet *fleet, S3 *s3, Error *error);

typedef enum NextTry {
    TRY_NOW,
    TRY_LATER, /* once it is due: others may have the place until then */
    TRY_NEVER, /* this worker gives it back */
} NextTry;

/* After a failure, with nothing held: when the work is tried again. Waits out an outage if nothing else can be loaded
 * meanwhile. Sets in work when it is due and how often it has waited. */
NextTry policy_next_try(Fleet *fleet, S3 *s3, const Error *error, Work *work);

/* Before an attempt: a task that used up its attempts, or that workers died of too often, is given up; with several
 * objects smaller tasks take its place first. *out_is_settled is true where nothing is left of the task. */
bool policy_limit_attempts(Fleet *fleet, Connection *connection, const Task *task, bool *out_is_settled,
                           Error *error) MUST_USE;

/* A task of several objects, one of which is at fault and nobody knows which: smaller tasks take its place. */
bool policy_scatter(Connection *connection, const Task *task, const char *reason, Error *error) MUST_USE;

/* After an attempt: each object at fault gets a task of its own: released to the next pass (STALE), or failed, where
 * its dataset says so skipped (REJECT, with its rejects and a dead letter). *out_is_settled is true where nothing is
 * left of the task, or somebody else settled it meanwhile. A task that is whole is settled as one object is. */
bool policy_split_failures(Fleet *fleet, Connection *connection, const Task *task, const LoadOutcome *outcome,
                           bool *out_is_settled, Error *error) MUST_USE;

/* The fence said that the task is not planned any more: nothing of it is ours. */
void policy_say_lost(void);

/* Gives the place up after REFUSED, and after an OUTAGE of a bucket or table if other datasets can be loaded: the task
 * stays planned, the ledger says why, and dispatch repeats it. is_quiet: the log has the outage already. False if the
 * task keeps its place. */
bool policy_put_off(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error) MUST_USE;
