/* SPDX-License-Identifier: Apache-2.0
 *
 * The claim step of the line: a task, as the ledger says it is, for one worker alone. A claim is a session advisory
 * lock. The open attempt is the claim if the warehouse has no such lock, or if a session that may not load, or that of
 * a silent worker, holds it. A claim only saves double work: the fence in record.h decides. */
#pragma once

#include <stdint.h>

#include "base/duration.h"
#include "base/error.h"
#include "config/warehouse.h"
#include "db/connection.h"
#include "task/task.h"

/* Claims the task that has run and ordinal, and reads it and its versions. GOES_ON: it is ours. PASSED_OVER: it is not
 * planned any more, or somebody else has its claim. The task belongs to the caller in any case (task_done). */
TaskEnd claim_take(Connection *connection, Duration stall, Task *task, Error *error) MUST_USE;

/* Reads the versions of a claimed task again, after some were split off. GOES_ON; PASSED_OVER if it has none: if the
 * open attempt is the claim, another worker may split the task before our attempt begins. */
TaskEnd claim_read_versions(Connection *connection, Task *task, Error *error) MUST_USE;

/* Asks whether the task still waits to be loaded: LOST if not, GOES_ON if it does or if nobody answers. Then tells the
 * ledger how many bytes of its objects the attempt has read. *session is for that alone, since the claim's is busy: it
 * is opened if it is lost or NULL, and the caller closes it. */
TaskEnd claim_look(Connection **session, const WarehouseConfig *config, const char *ledger, const Task *task,
                   int64_t bytes_read);

/* Frees the claim, if there is one; a session that cannot do that is ended. The end of the session frees a claim whose
 * worker died, or the coordinators' sweep does. */
void claim_release(Connection *connection, Task *task);
