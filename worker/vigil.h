/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether each executor makes progress. The heartbeat vouches for the process, but one executor may hang alone, with a
 * claim. So the heartbeat's thread looks at each executor. If one has made no progress for stall_s, and the warehouse
 * is not at work for it, its attempt is closed and its session ended. The others go on. An executor that comes back
 * finds its session lost, and the fence says no. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/pulse.h"
#include "config/config.h"
#include "db/connection.h"
#include "task/task.h"

typedef struct Watched {
    Pulse pulse;
    atomic_int session;       /* the server process of its session; 0: none yet, or it was ended */
    atomic_int_least64_t run; /* of its last attempt */
    atomic_int_least32_t task;
    atomic_int_least32_t attempt; /* 0: none yet */
    atomic_bool is_hung;
} Watched;

typedef struct Vigil {
    Watched *executors;
    int count;
    atomic_int hung; /* executors that hang */
} Vigil;

void vigil_init(Vigil *vigil, int executors);
void vigil_done(Vigil *vigil);

/* The calling executor begins an attempt. */
void vigil_note_attempt(Watched *watched, const Task *task);

/* Finds the executors that hang, says and counts them, and then ends what they hold, in the heartbeat's session. worker
 * is the process's name, session_name that of its sessions. What fails for one executor keeps it from no other. */
bool vigil_look(Vigil *vigil, const Config *config, const char *worker, const char *session_name,
                Connection *connection, Error *error) MUST_USE;

/* Whether no executor hangs; whether all do, so that nothing can be loaded here. */
bool vigil_is_well(Vigil *vigil);
bool vigil_is_helpless(Vigil *vigil);
