/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line, fetch → decode → copy → record → commit: a task's objects into staging, in one transaction.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/s3.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/limits.h"
#include "db/claim.h"
#include "db/connection.h"
#include "worker/rejects.h"
#include "worker/target.h"

/* An object that cannot be loaded as it is, STALE or REJECT, and its bad rows. */
typedef struct LoadFailure {
    size_t version; /* index into the task's */
    Error error;
    Rejects rejects;
    int64_t line;                            /* of the row that was one too many; 0: no row is to blame */
    char column[LIMIT_IDENTIFIER_BYTES + 1]; /* of that row; empty: none */
} LoadFailure;

typedef struct LoadOutcome {
    bool is_loaded; /* committed by us */
    bool is_lost;   /* the fence says that somebody was first, or that the task was given up */
    int64_t rows;
    int64_t bytes; /* decompressed */
    int64_t reject_count;
    int64_t unknown_count;
    LoadFailure *failures; /* where there are any, nothing was committed */
    size_t failure_count;
} LoadOutcome;

#define AUTO_LOAD_OUTCOME AUTO(LoadOutcome, load_outcome_done)

/* Fails where a service did; objects at fault are failures in the outcome, and the others are read to their end all the
 * same, so that one pass finds every one. In either case nothing was committed and no transaction is left open. */
bool load_task(Connection *connection, S3 *s3, Target *target, const Task *task, const atomic_bool *interrupt,
               LoadOutcome *out_outcome, Error *error) MUST_USE;
void load_outcome_done(LoadOutcome *outcome);
