/* SPDX-License-Identifier: Apache-2.0 */
#include "task/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

TaskId task_id_make(int64_t run, int32_t task)
{
    TaskId id;
    snprintf(id.text, sizeof id.text, "%" PRId64 "/%" PRId32, run, task);
    return id;
}

void task_free_versions(Task *task)
{
    for (size_t i = 0; i < task->version_count; i++) {
        free(task->versions[i].bucket);
        free(task->versions[i].key);
        free(task->versions[i].etag);
    }
    free(task->versions);
    task->versions = NULL;
    task->version_count = 0;
}

void task_done(Task *task)
{
    task_free_versions(task);
    free(task->dataset);
    free(task->partition);
    free(task->reason);
    free(task->waits_for);
    *task = (Task){0};
}
