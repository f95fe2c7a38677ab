/* SPDX-License-Identifier: Apache-2.0 */
#include "task/task.h"

#include <inttypes.h>
#include <stdio.h>

TaskId task_id_make(int64_t run, int32_t task)
{
    TaskId id;
    snprintf(id.text, sizeof id.text, "%" PRId64 "/%" PRId32, run, task);
    return id;
}
