/* SPDX-License-Identifier: Apache-2.0
 *
 * What names a task in a statement. */
#pragma once

#include "db/values.h"
#include "task/task.h"

/* The first two of VALUES: $1 run, $2 task. */
#define TASK_VALUES(task) NUMBER_VALUE((task)->run), NUMBER_VALUE((task)->ordinal)
