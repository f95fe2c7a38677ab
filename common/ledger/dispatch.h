/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatch and collect steps of the line, as far as the ledger goes: which tasks to publish, and how the runs
 * stand. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/fleet.h"
#include "db/connection.h"

typedef bool DispatchFunction(void *context, int64_t run, int32_t ordinal, Error *error);

/* Calls each for the planned tasks whose time has come, at most limit of them, and moves their time on: by doubling,
 * capped intervals that all coordinators share. Each dataset has its share of the limit; what was published less often
 * goes first, then older runs, a run's largest task first. A task that could not be published is tried again at its
 * next time. */
bool dispatch_due(Connection *connection, const FleetConfig *config, int64_t limit, DispatchFunction *each,
                  void *context, int64_t *out_count, Error *error) MUST_USE;

/* After an outage, or when a coordinator begins: what is planned and claimed by nobody is due now, whatever became of
 * the messages. */
bool dispatch_hasten(Connection *connection, Error *error) MUST_USE;

/* Makes due at most limit of the tasks that wait for a bucket or table (record_waiting) that is back, and ends their
 * wait. With limit 1, the one task is a trial and keeps its mark. *out_count: how many waited. */
bool dispatch_return(Connection *connection, const char *waits_for, int64_t limit, int64_t *out_count,
                     Error *error) MUST_USE;

/* An attempt that its worker died in. */
typedef struct Crash {
    int64_t run;
    int32_t task;
    int64_t attempt;
    const char *worker;
} Crash;

typedef void CrashFunction(const Crash *crash);

/* Closes the open attempts of workers that have no session any more, and makes their tasks due now; each (may be NULL)
 * is called for each attempt. Ends the sessions of processes that have been silent for stall_s. */
bool dispatch_sweep(Connection *connection, Duration stall, CrashFunction *each, int64_t *out_ended,
                    Error *error) MUST_USE;

/* A role of the fleet whose sessions ours may not see or end, and what mends that, both to be freed by the caller; NULL
 * if there is none. */
bool dispatch_find_unreachable(Connection *connection, char **out_role, char **out_remedy, Error *error) MUST_USE;

/* An executor that has made no progress for stall_s, and what it holds. */
typedef struct Hung {
    const char *executor;
    const char *session_name; /* its worker's */
    int session;              /* the server process of its session; 0: none */
    int64_t run;
    int32_t task;
    int32_t attempt; /* 0: none */
} Hung;

/* Whether the session is idle too: the warehouse does nothing for it, and did nothing lately. */
bool dispatch_look_at_silent(Connection *connection, Duration stall, int session, bool *out_is_silent,
                             Error *error) MUST_USE;

/* The attempt is closed, the session is ended, and the task is due soon. An attempt that is locked is passed over, so
 * this is to be called again as long as the executor hangs. */
bool dispatch_end_hung(Connection *connection, Duration stall, const Hung *hung, Error *error) MUST_USE;

/* A task as the ledger has it. */
typedef struct TaskStanding {
    int64_t run;
    int32_t task;
    char *dataset;
    char *partition;
    char *state;
    char *reason; /* "" if there is none */
} TaskStanding;

/* The failed tasks that hold their runs, the first limit of them; to be freed with dispatch_free_standings. */
bool dispatch_read_held(Connection *connection, int64_t limit, TaskStanding **out_tasks, size_t *out_count,
                        Error *error) MUST_USE;

/* One task, held or not; none if the ledger has it no more. */
bool dispatch_read_task(Connection *connection, int64_t run, int32_t task, TaskStanding **out_tasks, size_t *out_count,
                        Error *error) MUST_USE;

void dispatch_free_standings(TaskStanding *tasks, size_t count);

/* How the runs stand that are not done. */
typedef struct Standing {
    int64_t runs_complete; /* wait for a transform */
    int64_t tasks_failed;  /* wait for a person, or for a newer version */
    int64_t tasks_refused; /* wait for a person: no worker can begin them */
    int64_t tasks_planned; /* those too */
    int64_t failed_print;  /* a fingerprint of the failed tasks */
} Standing;

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error) MUST_USE;
