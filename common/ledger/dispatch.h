/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatch and collect steps of the line, as far as the ledger goes: which tasks to publish, and how the runs
 * stand. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"

typedef bool DispatchFunction(void *context, int64_t run, int32_t ordinal, Error *error);

/* Calls each for the planned tasks whose time has come, at most limit of them, and moves their time on: by doubling,
 * capped intervals that all coordinators share. Each dataset has its share of the limit; what was published less often
 * goes first, then older runs, a run's largest task first. What is not published after all is repeated then. */
bool dispatch_due(Connection *connection, const Config *config, int64_t limit, DispatchFunction *each, void *context,
                  int64_t *out_count, Error *error) MUST_USE;

/* After an outage, or when a coordinator begins: what is planned and claimed by nobody is due now, whatever became of
 * the messages. */
bool dispatch_hasten(Connection *connection, Error *error) MUST_USE;

/* Makes at most limit of the tasks due now that wait for a bucket or table (record_waiting) that is back; they wait no
 * more. With a limit of 1 the task is to find out, and waits on. *out_count: how many waited. */
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

/* What dead and stopped processes left: an open attempt whose worker has no session any more is closed as crashed, and
 * its task is due now, each (NULL: nobody) is told; a session whose process has been silent for stall_s, though its
 * machine answers, is ended. */
bool dispatch_sweep(Connection *connection, const Config *config, CrashFunction *each, int64_t *out_ended,
                    Error *error) MUST_USE;

/* A silent worker whose sessions our role may not see or end, so that the sweep leaves them; to be freed by the caller,
 * NULL if there is none. *out_role: its role. */
bool dispatch_find_unreachable(Connection *connection, const Config *config, char **out_worker, char **out_role,
                               Error *error) MUST_USE;

/* An executor that has made no progress for stall_s, and what it holds. */
typedef struct Hung {
    const char *executor;
    const char *session_name; /* its worker's */
    int session;              /* the server process of its session; 0: none */
    int64_t run;
    int32_t task;
    int32_t attempt; /* 0: none */
} Hung;

/* Whether the warehouse is not at work for the session either, and was not lately. */
bool dispatch_look_at_silent(Connection *connection, const Config *config, int session, bool *out_is_silent,
                             Error *error) MUST_USE;

/* The attempt is closed, the session is ended, and the task is due soon. An attempt that is locked is passed over, so
 * this is to be called again as long as the executor hangs. */
bool dispatch_end_hung(Connection *connection, const Config *config, const Hung *hung, Error *error) MUST_USE;

/* A task as the ledger has it. */
typedef struct TaskStanding {
    int64_t run;
    int32_t task;
    char *dataset;
    char *partition;
    char *state;
    char *reason; /* "" where there is none */
} TaskStanding;

/* The failed tasks that hold their runs, the first limit of them; to be freed with dispatch_free_standings. */
bool dispatch_read_held(Connection *connection, int64_t limit, TaskStanding **out_tasks, size_t *out_count,
                        Error *error) MUST_USE;

/* One task, held or not; none where the ledger has it no more. */
bool dispatch_read_task(Connection *connection, int64_t run, int32_t task, TaskStanding **out_tasks, size_t *out_count,
                        Error *error) MUST_USE;

void dispatch_free_standings(TaskStanding *tasks, size_t count);

/* How the runs stand that are not done. */
typedef struct Standing {
    int64_t runs_complete; /* wait for a transform */
    int64_t tasks_failed;  /* wait for a person, or for a newer version */
    int64_t tasks_refused; /* wait for a person: no worker can begin them */
    int64_t tasks_planned; /* those too */
    int64_t failed_print;  /* another number where other tasks failed */
} Standing;

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error) MUST_USE;
