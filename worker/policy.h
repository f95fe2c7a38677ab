/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done about each kind of failure: the table "Failure policy" of ARCHITECTURE.md, in one place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aws/s3.h"
#include "base/error.h"
#include "db/claim.h"
#include "db/connection.h"
#include "worker/attempt.h"
#include "worker/executor.h"
#include "worker/load.h"

/* Of one task, as long as this executor tries it. */
typedef struct PolicyState {
    unsigned waits;    /* in a row, for the backoff */
    bool is_in_outage; /* said once */
} PolicyState;

/* After a service failed: sets the attempt's outcome and waits as the kind asks. True where the task is to be tried
 * again, false where this worker gives it back. */
bool policy_decide(Fleet *fleet, Error *error, S3 *s3, Attempt *attempt, PolicyState *state);

/* Before an attempt: a task that used up its attempts, or that workers died of too often, is given up; with several
 * objects each gets a task of its own first. *out_is_settled is true where nothing is left of the task. */
bool policy_limit_attempts(Fleet *fleet, Connection *connection, const Task *task, bool *out_is_settled,
                           Error *error) MUST_USE;

/* After an attempt: each object at fault gets a task of its own, failed (REJECT, with its rejects and a dead letter) or
 * released to the next pass (STALE). */
bool policy_split_failures(Fleet *fleet, Connection *connection, const Task *task, const LoadOutcome *outcome,
                           Error *error) MUST_USE;
