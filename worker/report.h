/* SPDX-License-Identifier: Apache-2.0
 *
 * The report step of the line: telling coordinators and people how a task ended. Reports are hints, so a lost one only
 * costs time. A dead letter arrives at least once. */
#pragma once

#include "base/error.h"
#include "task/task.h"
#include "warehouse/outcome.h"
#include "worker/fleet.h"

void report_send(Fleet *fleet, const char *worker, const Task *task, const char *outcome);

/* An object is given up: returns once Kafka has the letter. OUTAGE if Kafka takes none. */
bool report_send_dead_letter(Fleet *fleet, const Task *task, const LoadFailure *failure, const char *reason,
                             Error *error) MUST_USE;

/* Whether Kafka takes what was sent: the probe for a dead letter that it did not take. */
bool report_probe(Fleet *fleet, Error *error) MUST_USE;
