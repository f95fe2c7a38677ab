/* SPDX-License-Identifier: Apache-2.0
 *
 * The report step of the line: telling coordinators and people how a task ended. Reports are hints, so a lost one only
 * costs time; what stands in a dead letter stands in the ledger too. */
#pragma once

#include "base/error.h"
#include "db/claim.h"
#include "worker/executor.h"
#include "worker/load.h"

void report_send(Fleet *fleet, const char *worker, const Task *task, const char *outcome);

/* An object that was given up. */
void report_send_dead_letter(Fleet *fleet, const Task *task, const LoadFailure *failure);
