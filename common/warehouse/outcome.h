/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of a load. */
#pragma once

#include <stdbool.h>
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
    bool is_loaded;   /* committed by us */
    bool is_lost;     /* the fence says that somebody was first, or that the task was given up */
    bool is_unblamed; /* one of several objects is at fault, and the warehouse does not say which: blame says what of */
    Error blame;
    int64_t rows;
    int64_t bytes; /* decompressed; where the warehouse fetches, as listed */
    int64_t reject_count;
    int64_t unknown_count;
    LoadFailure *failures; /* where there are any, nothing was committed */
    size_t failure_count;
    size_t failure_capacity;
    bool is_of_all; /* the failure is that of all the task's objects together */
} LoadOutcome;

#define AUTO_LOAD_OUTCOME AUTO(LoadOutcome, load_outcome_done)

/* Takes the failure's rejects over. */
void load_outcome_add(LoadOutcome *outcome, LoadFailure *failure);
void load_outcome_done(LoadOutcome *outcome);
