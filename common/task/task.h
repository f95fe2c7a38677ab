/* SPDX-License-Identifier: Apache-2.0
 *
 * A task as its worker has it, its id as people meet it, and the one word for how a step of it ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "task/object.h"

/* A task's id in every log line and as the selector of copyfleet retry: RUN/TASK, 12/3. */
typedef struct TaskId {
    char text[32];
} TaskId;

TaskId task_id_make(int64_t run, int32_t task);

/* What keeps other workers off a task. */
typedef enum TaskClaim {
    TASK_UNCLAIMED,       /* nothing: it is not ours, or the session that held the lock is lost */
    TASK_CLAIMED,         /* the claim's lock, which the session holds; if the warehouse has none, the open attempt */
    TASK_CLAIMED_UNLOCKED /* the open attempt: a stranger or a silent worker holds the lock */
} TaskClaim;

typedef struct Task {
    int64_t run;
    int32_t ordinal;
    TaskClaim claim;
    char *dataset;
    char *partition;
    int32_t attempts;   /* those that failed and were counted */
    char *reason;       /* of the last of them; "" if there is none */
    char *waits_for;    /* the bucket or table that was away, as the ledger has it; "" if none was */
    int32_t crashes;    /* those that their worker died in */
    const char *worker; /* whose attempt that is, once it is begun; borrowed */
    int32_t attempt;    /* number of the latest; the claim's if an open attempt is the claim (record_attempt_begun) */
    bool is_whole;   /* its versions load, are released or fail together: it replaces rows that cannot be told apart */
    int64_t leader;  /* the smallest number of its objects: _object of its rows if they cannot be told apart */
    int64_t members; /* how many objects it had when its versions were read, empty ones too; the fence compares */
    TaskVersion *versions;
    size_t version_count;
} Task;

#define AUTO_TASK AUTO(Task, task_done)

void task_done(Task *task);

/* Frees the versions, so that they can be read again. */
void task_free_versions(Task *task);

/* How a step of a task ends. Every step returns one of these few; executor.c's run_task reads them. */
typedef enum TaskEnd {
    TASK_FAILED,         /* the Error says why; nothing was committed */
    TASK_GOES_ON,        /* the next step is to follow */
    TASK_PASSED_OVER,    /* it is settled, or another worker has its claim: nothing to do */
    TASK_LOST,           /* another worker settled it first, or a person gave it up: nothing of it is ours any more */
    TASK_OBJECTS_FAULTY, /* some of its objects cannot be loaded as they are; the outcome lists them */
    TASK_FAULTY,         /* all of its objects together cannot; the outcome's one failure says why */
    TASK_FAULT_UNKNOWN,  /* one of several objects cannot, and nobody knows which; the outcome says why */
    TASK_LOADED,         /* its rows are committed */
    TASK_LEFT,           /* objects at fault were split off; the others are left to load, in another attempt */
    TASK_SETTLED,        /* no object of it is left to load: it failed, was skipped, released, or split */
    TASK_GIVEN_BACK,     /* it stays planned, and the ledger says what it waits for; others may have our place */
} TaskEnd;
