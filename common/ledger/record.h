/* SPDX-License-Identifier: Apache-2.0
 *
 * The record step of the line: what the ledger is told of a task by the worker that holds its claim. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "ledger/claim.h"

/* Commits that the attempt begins, so that it survives what it dies of. *out_is_ours is false where the attempt itself
 * is the claim, and another worker was faster: then there is nothing to do. */
bool record_attempt_begun(Connection *connection, const Task *task, bool *out_is_ours, Error *error) MUST_USE;

/* Commits that the attempt ended otherwise than loaded: outcome is an error kind's name, or "lost" where another was
 * first. */
bool record_attempt_ended(Connection *connection, const Task *task, const char *outcome, const char *reason,
                          Error *error) MUST_USE;

/* Says of a planned task why it cannot be begun; a row that is settled already stays as it is. */
bool record_refused(Connection *connection, const Task *task, const char *reason, Error *error) MUST_USE;

/* Says of a planned task which bucket or table it waits for ("s3://NAME", "table NAME"). *out_is_news: that was not
 * known yet. */
bool record_waiting(Connection *connection, const Task *task, const char *waits_for, const char *reason,
                    bool *out_is_news, Error *error) MUST_USE;

/* What a load made of its objects. */
typedef struct LoadCounts {
    int64_t rows;
    int64_t rejects;
    int64_t unknown;             /* of these two, those with fields that no column asks for, or with rescued values */
    const int64_t *version_rows; /* of each of the task's versions; NULL if the warehouse does not say whose a row is */
} LoadCounts;

/* In the transaction that is open: whoever changes tasks of the run waits for its end. Where a snapshot is for the
 * whole transaction, it comes first in it. */
bool record_lock(Connection *connection, const Task *task, Error *error) MUST_USE;

/* Inside the load's transaction, as its last statement: the fence. Closes the attempt too. *out_is_first is false where
 * the task is not planned any more, or has lost objects that were read, or the attempt is gone: then roll back. */
bool record_loaded(Connection *connection, const Task *task, const LoadCounts *counts, bool *out_is_first,
                   Error *error) MUST_USE;

/* How one version of a task ends. */
typedef struct Split {
    const TaskVersion *version;
    bool is_last;      /* the task has no other version left, or is settled as a whole */
    const char *state; /* "failed", "skipped" or "released" */
    const char *reason;
} Split;

/* In the transaction that is open, behind record_lock: moves the version to a new task of its own in the same run,
 * which is settled at once; where it is the last one, the task itself is settled. *out_ordinal is the task's that the
 * version is of now, 0 where the task is not planned any more: roll back. */
bool record_split(Connection *connection, const Task *task, const Split *split, int32_t *out_ordinal,
                  Error *error) MUST_USE;

/* In the transaction that is open, behind record_lock: planned tasks with attempts of their own in place of this one,
 * since which of its versions is at fault is unknown: one for each version, or, where a load is dear, two halves.
 * out_ordinals has the task of each of the task's versions; all 0 where the task is not planned any more, and nothing
 * happened. */
bool record_scatter(Connection *connection, const Task *task, const char *reason, int32_t *out_ordinals,
                    Error *error) MUST_USE;

/* What a process of the fleet says of itself. */
typedef struct ProcessState {
    const char *name;   /* host:process-random */
    const char *kind;   /* "worker" or "watch" */
    int hung;           /* executors of it that make no progress */
    const char *reason; /* what it cannot work for now; "": nothing */
} ProcessState;

/* A process that says nothing for stall_s is silent; so one or two beats may be late. */
#define RECORD_BEATS_PER_STALL 4

/* The process is alive; it ends as it should; it ends because a person has to mend something. */
bool record_process_seen(Connection *connection, const ProcessState *process, Error *error) MUST_USE;
bool record_process_gone(Connection *connection, const char *name, Error *error) MUST_USE;
bool record_process_failed(Connection *connection, const char *name, const char *reason, Error *error) MUST_USE;

/* Why a dataset cannot be listed; and that nothing is known of that any more. */
bool record_unlisted(Connection *connection, const char *dataset, const char *reason, Error *error) MUST_USE;
bool record_unlisted_forgotten(Connection *connection, Error *error) MUST_USE;

/* A row for copyfleet.rejects. */
typedef struct RejectRow {
    int64_t object;
    int64_t ordinal;
    int64_t line;
    int64_t byte_offset;
    char *column; /* NULL: none */
    char *reason;
    char *raw; /* valid UTF-8 without NUL */
} RejectRow;

/* In the transaction that is open, or one of its own. */
bool record_rejects(Connection *connection, const Task *task, const RejectRow *rows, size_t count,
                    Error *error) MUST_USE;

/* A row for copyfleet.fields: of how many of the task's objects, with how many rows, it is so. */
typedef struct FieldRow {
    const char *kind; /* "absent", "null", "unknown" or "empty" */
    char *name;       /* of the column or field; valid UTF-8 without NUL */
    int64_t objects;
    int64_t rows;
    int64_t object; /* the first of them */
} FieldRow;

/* Inside the load's transaction, before the fence. */
bool record_fields(Connection *connection, const Task *task, const FieldRow *rows, size_t count, Error *error) MUST_USE;
