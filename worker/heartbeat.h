/* SPDX-License-Identifier: Apache-2.0
 *
 * Says in the ledger that the worker is alive, from a thread and a session of its own: the sessions of a worker that
 * has been silent for stall_s are ended by the coordinators, so that a stopped process, or a machine that a dead
 * network cuts off, keeps no claim. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"

typedef struct Heartbeat Heartbeat;
typedef struct Fleet Fleet;

/* Starts the thread, for the fleet's worker, which also looks after the executors (worker/vigil.h). A failure is logged
 * once, until the next success; a ledger that is not the fleet's any more ends the worker. */
Heartbeat *heartbeat_start(Fleet *fleet);

/* Whether the thread itself makes progress: it watches the executors, and may hang too. */
bool heartbeat_is_well(Heartbeat *heartbeat);

/* Takes the worker's row away, or leaves it with the reason if the worker failed, and ends the thread. False if that
 * hangs in a warehouse that does not answer, after a bound: then the process is to end at once, without destructors
 * that run beside the thread. */
bool heartbeat_stop(Heartbeat *heartbeat) MUST_USE;
