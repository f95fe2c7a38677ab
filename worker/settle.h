/* SPDX-License-Identifier: Apache-2.0
 *
 * How a task is settled that cannot be loaded as it is: objects at fault get tasks of their own, a task is scattered
 * into smaller ones, or it is refused. Each of these is one transaction, under the task's claim. */
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "task/task.h"
#include "warehouse/outcome.h"
#include "worker/fleet.h"
#include "worker/policy.h"

/* The task that we have claimed, and with what it is settled. All of it is borrowed. */
typedef struct Settlement {
    Fleet *fleet;
    Connection *connection; /* has the claim, and is in no transaction */
    const Dataset *dataset;
    const Task *task;
} Settlement;

/* Before an attempt: the task has come to a limit, and is given up; smaller tasks take its place first if it can be
 * split. SETTLED, LOST or FAILED. */
TaskEnd settle_used_up(const Settlement *settlement, PolicyLimit limit, Error *error) MUST_USE;

/* After a load that ended with end: OBJECTS_FAULTY, FAULTY or FAULT_UNKNOWN. Each object at fault gets a task of its
 * own: released to the next pass (STALE), or failed, or skipped if its dataset says so (REJECT, with its rejects and a
 * dead letter). A task that is whole is settled as one object is. If it is unknown which object is at fault, smaller
 * tasks take the place of this one. LEFT, SETTLED, LOST or FAILED. */
TaskEnd settle_faults(const Settlement *settlement, TaskEnd end, const LoadOutcome *outcome, Error *error) MUST_USE;

/* After REFUSED: the task stays planned, the ledger says why, and dispatch repeats it. GIVEN_BACK, or FAILED with the
 * ledger's failure in *error. The settlement needs no dataset. */
TaskEnd settle_refused(const Settlement *settlement, Error *error) MUST_USE;
