/* SPDX-License-Identifier: Apache-2.0
 *
 * The record step of the line: what the ledger is told of a task by the worker that holds its claim. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "ledger/field_kind.h"
#include "task/task.h"

/* Commits that the attempt begins, so that the ledger knows of it whatever the worker dies of. GOES_ON, or LOST if the
 * attempt itself is the claim and another worker was faster. */
TaskEnd record_attempt_begun(Connection *connection, const Task *task, Error *error) MUST_USE;

/* Commits the end of an attempt that did not load, also if its beginning is not in the ledger, or not yet; another
 * worker's of the same number stays as it is. outcome is an error kind's name, "lost" if another worker was first, or
 * "split". */
bool record_attempt_ended(Connection *connection, const Task *task, const char *outcome, const char *reason,
                          Error *error) MUST_USE;

/* Says of a planned task why it cannot be begun; a task that is settled already stays as it is. */
bool record_refused(Connection *connection, const Task *task, const char *reason, Error *error) MUST_USE;

/* What a planned task waits for. */
typedef struct Wait {
    const char *waits_for; /* "s3://NAME", "table NAME": a bucket or a table */
    const char *reason;
    int64_t lost_s; /* for how long the bucket or table has been away */
} Wait;

/* Writes what the task waits for. *out_is_news: the ledger did not know of this wait yet. */
bool record_waiting(Connection *connection, const Task *task, const Wait *wait, bool *out_is_news,
                    Error *error) MUST_USE;

/* What a load made of its objects. */
typedef struct LoadCounts {
    int64_t rows;
    int64_t rejects;
    int64_t unknown; /* rows, rejected ones too, with fields that no column asks for, or with rescued values */
    const int64_t *version_rows; /* of each of the task's versions; NULL if the warehouse cannot tell which object a row
                                    came from */
} LoadCounts;

/* In the transaction that is open: whoever changes tasks of the run waits for its end. It is the first statement of the
 * transaction, since a warehouse may take one snapshot for all of them. */
bool record_lock(Connection *connection, const Task *task, Error *error) MUST_USE;

/* Inside the load's transaction, as its last statement: the fence. Closes the attempt too. GOES_ON: commit. LOST: roll
 * back, since the task is not planned any more, or has lost objects that were read, or the attempt is gone. */
TaskEnd record_loaded(Connection *connection, const Task *task, const LoadCounts *counts, Error *error) MUST_USE;

/* How one version of a task ends. */
typedef struct Split {
    const TaskVersion *version;
    bool is_last;      /* the task has no other version left, or is settled as a whole */
    const char *state; /* "failed", "skipped" or "released" */
    const char *reason;
} Split;

/* In the transaction that is open, after record_lock: moves the version to a new task of its own in the same run, which
 * is settled at once; the last version's task is settled itself. LEFT: the task has other versions to load. SETTLED: it
 * has none. LOST: the task is not planned any more; roll back. *out_ordinal is the task that has the version now. */
TaskEnd record_split(Connection *connection, const Task *task, const Split *split, int32_t *out_ordinal,
                     Error *error) MUST_USE;

/* In the transaction that is open, after record_lock: puts planned tasks in place of this one, with attempts of their
 * own, since nobody knows which of its versions is at fault: one task for each version, or two halves if a load is
 * dear. SETTLED: out_ordinals has the new task of each of the task's versions. LOST: the task is not planned any more,
 * and nothing happened. */
TaskEnd record_scatter(Connection *connection, const Task *task, const char *reason, int32_t *out_ordinals,
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

/* The process is alive. */
bool record_process_seen(Connection *connection, const ProcessState *process, Error *error) MUST_USE;

/* The process ends as it should. */
bool record_process_gone(Connection *connection, const char *name, Error *error) MUST_USE;

/* The process ends because a person has to mend something. */
bool record_process_failed(Connection *connection, const char *name, const char *reason, Error *error) MUST_USE;

/* Says why a dataset cannot be listed. */
bool record_unlisted(Connection *connection, const char *dataset, const char *reason, Error *error) MUST_USE;

/* Forgets of all datasets why they could not be listed. */
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

/* In the transaction that is open. */
bool record_rejects(Connection *connection, const Task *task, const RejectRow *rejects, size_t count,
                    Error *error) MUST_USE;

/* A row for copyfleet.fields: what was found of one column or field, in how many objects and rows of the task. */
typedef struct FieldRow {
    FieldKind kind;
    char *name; /* of the column or field; valid UTF-8 without NUL */
    int64_t objects;
    int64_t rows;
    int64_t object; /* the first of them */
} FieldRow;

/* Inside the load's transaction, before the fence. */
bool record_fields(Connection *connection, const Task *task, const FieldRow *fields, size_t count,
                   Error *error) MUST_USE;
