/* SPDX-License-Identifier: Apache-2.0
 *
 * A task's id as people meet it, in every log line and as the selector of copyfleet retry: RUN/TASK, 12/3. */
#pragma once

#include <stdint.h>

typedef struct TaskId {
    char text[32];
} TaskId;

TaskId task_id_make(int64_t run, int32_t task);
