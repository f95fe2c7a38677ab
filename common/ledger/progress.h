/* SPDX-License-Identifier: Apache-2.0
 *
 * The collect step of the line, as far as people see it: how far the runs are, who is at work, and what went wrong.
 * Counted is what is settled from progress_begin on, whichever run planned it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* A dataset's tasks, or all. */
typedef struct ProgressCounts {
    const char *dataset; /* NULL: all */
    int64_t tasks;
    int64_t
        tasks_planned; /* of which some are loading, others wait for a retry or for a person, others for their turn */
    int64_t tasks_loading;
    int64_t tasks_waiting; /* were tried and will be again */
    int64_t tasks_refused; /* no worker can begin them */
    int64_t tasks_failed;  /* with those that already held a run */
    int64_t objects, objects_settled;
    int64_t bytes, bytes_done; /* settled, and of what is loading as much as its worker says that it has read */
    int64_t rows, rejects;     /* with the kept rejects of objects that failed */
    int64_t attempts;          /* begun so far, failed ones counted */
    int64_t loading_ms;        /* since the first load began, until the last one ended */
    int64_t retry_ms;          /* until what waits is published again at the latest; negative: it was already due */
    const char *reason;        /* of what is refused */
} ProgressCounts;

typedef struct ProgressWorker {
    const char *worker;
    int64_t run;
    int64_t task;
    int64_t attempt;
    const char *dataset;
    const char *partition;
    int64_t ms; /* that it has been loading */
} ProgressWorker;

/* An attempt that ended without loading, or a task that failed: then its attempt is 0. */
typedef struct ProgressEvent {
    int64_t run;
    int64_t task;
    int64_t attempt;
    const char *dataset;
    const char *partition;
    const char *outcome;
    const char *reason;
    bool is_new; /* since the last look */
} ProgressEvent;

/* Texts are valid until the next progress_read. */
typedef struct Progress {
    ProgressCounts total;
    ProgressCounts *datasets;
    size_t dataset_count;
    int64_t runs_open;

    ProgressWorker *workers; /* the first of them */
    size_t worker_count;
    int64_t workers_all;

    ProgressEvent *events; /* the latest of them */
    size_t event_count;
    int64_t events_all;

    /* What progress_begin found, as the statements take it, and what the texts point into. */
    Result begun;
    Result results[3];
    int64_t read_ms; /* when it was read last; 0: never */
} Progress;

/* Before the plan: what is settled from now on counts. Again: nothing of what was counted is forgotten. */
bool progress_begin(Progress *progress, Connection *connection, Error *error) MUST_USE;

/* Looks how far the runs are, and reads workers_max of the workers at most: with 0 it does not ask for them. */
bool progress_read(Progress *progress, Connection *connection, size_t workers_max, Error *error) MUST_USE;

/* Whether the last look shows nothing that goes on: every open run waits for a task that failed, or that no worker can
 * begin. A run that waits for no task is complete, and goes on. */
bool progress_is_at_rest(const Progress *progress);

void progress_done(Progress *progress);
