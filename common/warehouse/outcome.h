/* SPDX-License-Identifier: Apache-2.0
 *
 * What a load found out about its task's objects. The TaskEnd says how the load ended. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/limits.h"
#include "warehouse/rejects.h"

/* An object that cannot be loaded as it is, STALE or REJECT, and its bad rows. */
typedef struct LoadFailure {
    size_t version; /* index into the task's */
    Error error;
    Rejects rejects;
    int64_t line;                            /* of the row that was one too many; 0: no row is to blame */
    char column[LIMIT_IDENTIFIER_BYTES + 1]; /* of that row; empty: none */
} LoadFailure;

typedef struct LoadOutcome {
    int64_t rows;
    int64_t bytes; /* decompressed; if the warehouse fetches, as listed */
    int64_t reject_count;
    int64_t unknown_count;
    LoadFailure *failures; /* TASK_OBJECTS_FAULTY: one for each object; TASK_FAULTY: one for all of them */
    size_t failure_count;
    size_t failure_capacity;
    Error blame; /* TASK_FAULT_UNKNOWN: what the warehouse says of one of the objects */
} LoadOutcome;

#define AUTO_OUTCOME AUTO(LoadOutcome, outcome_done)

/* Takes the failure's rejects over. */
void outcome_add(LoadOutcome *outcome, LoadFailure *failure);
void outcome_done(LoadOutcome *outcome);
