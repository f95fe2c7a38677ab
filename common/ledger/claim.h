/* SPDX-License-Identifier: Apache-2.0
 *
 * The claim step of the line: a task, as the ledger says it is, for one worker alone. A claim is a session advisory
 * lock. The open attempt is the claim if the warehouse has no such lock, or if a session that may not load holds it. A
 * claim only saves double work: the fence in record.h decides. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/connection.h"

typedef struct TaskVersion {
    int64_t object; /* its number in the ledger */
    char *bucket;
    char *key;
    char *etag;
    int64_t size;     /* bytes on S3 */
    int64_t releases; /* how often it was stale before, with this ETag */
} TaskVersion;

typedef struct Task {
    int64_t run;
    int32_t ordinal;
    char *dataset;
    char *partition;
    int32_t attempts;   /* those that failed and were counted */
    char *reason;       /* of the last of them; "" if there is none */
    char *waits_for;    /* the bucket or table that was away, as the ledger has it; "" if none was */
    int32_t crashes;    /* those that their worker died in */
    const char *worker; /* whose attempt that is, once it is begun; borrowed */
    int32_t attempt;    /* number of the latest; the claim's, where that is an open attempt (record_attempt_begun) */
    bool is_foreign; /* the lock that would be its claim is held by a session that may not load: it is ours without */
    bool is_whole;   /* its versions load, are released or fail together: it replaces rows that cannot be told apart */
    int64_t leader;  /* the smallest number of its objects: _object of its rows, where they cannot be told apart */
    int64_t members; /* how many objects it had when its versions were read, empty ones too; the fence compares */
    TaskVersion *versions;
    size_t version_count;
} Task;

#define AUTO_TASK AUTO(Task, task_done)

/* *out_is_ours is false where the task is not planned any more, or is claimed elsewhere: then there is nothing to do.
 */
bool claim_take(Connection *connection, int64_t run, int32_t ordinal, Task *out_task, bool *out_is_ours,
                Error *error) MUST_USE;

/* Reads the task's versions anew, after some were split off. */
bool claim_read_versions(Connection *connection, Task *task, Error *error) MUST_USE;

/* Whether the task still waits to be loaded; true if nobody answers. Then tells the ledger how many bytes of its
 * objects the attempt has read. Opens a session for that, since the claim's own, connection, is busy. */
bool claim_look(const Config *config, const Connection *connection, const Task *task, int64_t bytes_read);

/* Frees the claim; a session that cannot do that is ended. One that dies with its worker is freed by the session's end,
 * or by the coordinators' sweep. */
void claim_release(Connection *connection, const Task *task);

void task_done(Task *task);
