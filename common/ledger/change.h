/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator changes in the ledger by hand: one transaction under the plan lock, so that no pass plans meanwhile.
 * change_begin, then change_select for each selector, then change_apply, then change_commit. If one of them fails, or
 * the operator thinks better of it, the transaction is rolled back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "db/transaction.h"

typedef enum ChangeSelection {
    SELECT_OBJECT,    /* bucket, key */
    SELECT_RUN,       /* run */
    SELECT_TASK,      /* run, task */
    SELECT_PARTITION, /* dataset, partition or NULL for all */
    SELECT_FAILED,    /* all that failed or cannot begin; no values */
} ChangeSelection;

typedef enum ChangeAction {
    CHANGE_RETRY,  /* what failed or was skipped is released to the next pass; planned tasks are published at once */
    CHANGE_SKIP,   /* runs go on without what failed or is planned */
    CHANGE_UNDO,   /* loaded rows go */
    CHANGE_RELOAD, /* the next pass plans what is loaded as new, and what was skipped if the object itself is selected
                    */
} ChangeAction;

typedef struct ChangeSummary {
    int64_t run;     /* that change_commit made; 0: none */
    int64_t objects; /* whose versions are changed, or get a new one */
    int64_t tasks;   /* retry: published again; skip: skipped; else of the new run */
    int64_t rowless; /* after change_commit of an undo: how many of the objects had no rows */
    /* Left alone. */
    int64_t left_partial;    /* tasks that hold objects which are not selected */
    int64_t left_unfinished; /* objects: planned, not loaded yet */
    int64_t left_waiting;    /* objects: the next pass plans them anyway */
    int64_t left_empty;      /* objects: their rows were taken out before */
    int64_t left_superseded; /* objects: a newer version is planned, which is not selected */
    int64_t left_skipped;    /* objects: their skip stands */
} ChangeSummary;

/* Waits for a plan that is under way elsewhere. */
bool change_begin(Transaction *transaction, Connection *connection, Error *error) MUST_USE;

/* Adds to the selection; *out_matched is 0 if the ledger has nothing like it. values are as many as the selection
 * says. */
bool change_select(Connection *connection, ChangeSelection selection, const char *const *values, int64_t *out_matched,
                   Error *error) MUST_USE;

bool change_apply(Connection *connection, ChangeAction action, ChangeSummary *out_summary, Error *error) MUST_USE;

/* Makes the run that the change needs, if any, and commits. */
bool change_commit(Transaction *transaction, ChangeAction action, ChangeSummary *summary, Error *error) MUST_USE;

/* In place of change_commit, for an undo: ends the transaction, which frees the plan lock with nothing changed, and
 * counts the rows that the undo would take out. */
bool change_preview(Transaction *transaction, const Config *config, int64_t *out_rows, Error *error) MUST_USE;
