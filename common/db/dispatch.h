/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatch and collect steps of the line, as far as the ledger goes: which tasks to publish, and how far the runs
 * are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "db/connection.h"

typedef bool DispatchFunction(void *context, int64_t run, int32_t ordinal, Error *error);

/* Calls each for the planned tasks whose time has come, a run's largest first, at most limit of them, and moves their
 * time on: by doubling, capped intervals that all coordinators share. What is not published after all is repeated then.
 */
bool dispatch_due(Connection *connection, const Config *config, int64_t limit, DispatchFunction *each, void *context,
                  int64_t *out_count, Error *error) MUST_USE;

/* After an outage, or when a coordinator begins: what is planned and claimed by nobody is due now, whatever became of
 * the messages. */
bool dispatch_hasten(Connection *connection, Error *error) MUST_USE;

/* What dead and stopped processes left: an open attempt whose worker has no session any more is closed as crashed, and
 * its task is due now; a session whose process has been silent for stall_s, though its machine answers, is ended. */
bool dispatch_sweep(Connection *connection, const Config *config, int64_t *out_ended, Error *error) MUST_USE;

/* How the runs stand that are not done. */
typedef struct Standing {
    int64_t runs_complete; /* wait for a transform */
    int64_t tasks_failed;  /* wait for a person, or for a newer version */
    int64_t tasks_refused; /* wait for a person: no worker can begin them */
} Standing;

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error) MUST_USE;

/* How far the runs are that are not done, as one sum. */
typedef struct Progress {
    int64_t runs;
    int64_t tasks, tasks_planned, tasks_failed, tasks_refused; /* refused ones are planned too */
    int64_t objects, objects_loaded;
    int64_t bytes, bytes_loaded;
    int64_t rows, rejects;
    int64_t claimed;       /* tasks that a worker holds now */
    int64_t runs_complete; /* ready for the transform */
    int64_t attempts;      /* begun so far, failed ones counted */
} Progress;

/* From run first_run on. */
bool dispatch_read_progress(Connection *connection, int64_t first_run, Progress *out_progress, Error *error) MUST_USE;
