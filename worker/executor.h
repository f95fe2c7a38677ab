/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread of the worker that takes tasks from the queue and brings each to its end: the straight line of
 * ARCHITECTURE.md is executor.c's run_task. Sessions with warehouse and S3 are the executor's own. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "worker/fleet.h"

typedef struct Executor Executor;

/* Opens the sessions and checks the datasets. The worker joins the group afterwards, so that one that cannot work never
 * stalls the group. A dataset that cannot be loaded is logged, and tried again when a task of it comes. */
bool executor_open(Fleet *fleet, int number, Executor **out_executor, Error *error) MUST_USE;
void executor_close(Executor *executor);

/* Starts the thread; it ends when the queue is closed. */
void executor_start(Executor *executor);
void executor_join(Executor *executor);
