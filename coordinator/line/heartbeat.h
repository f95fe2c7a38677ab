/* SPDX-License-Identifier: Apache-2.0
 *
 * Says in the ledger that a watch is alive, and what it cannot work for, from a thread and a session of its own. The
 * thread vouches for the one that started it, and for nobody else: it says nothing while that one makes no progress. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/pulse.h"
#include "base/ticker.h"
#include "config/config.h"
#include "db/connection.h"

#define HEARTBEAT_NAME_SIZE 64

/* Where the heartbeat is written. */
typedef struct HeartbeatPlace {
    WarehouseConfig warehouse;   /* its texts are the watch's configuration's */
    char ledger[LEDGER_ID_SIZE]; /* that the watch began with; "": it has not begun, and nothing is said */
} HeartbeatPlace;

typedef struct Heartbeat {
    char name[HEARTBEAT_NAME_SIZE]; /* host:process-random */
    Ticker ticker;
    Connection *connection;
    HeartbeatPlace place;            /* the thread's */
    Pulse pulse;                     /* of the thread that is vouched for */
    atomic_int_least64_t pass_at_ms; /* by when a pass should make progress */
    _Atomic(const char *) step;      /* what it is at */
    bool is_failing;                 /* said already */

    pthread_mutex_t lock; /* for what follows */
    char reason[1024];    /* what it cannot work for; "": nothing */
    bool is_failed;       /* it ends for that reason */
    HeartbeatPlace next;  /* the place from the next beat on */
    bool has_moved;       /* the thread has not seen next yet */
    Config former;        /* the configuration that the thread's place borrows from, if the watch has another by now */
    bool has_former;
} Heartbeat;

/* For the calling thread. A failure is logged once, until the next success. */
void heartbeat_start(Heartbeat *heartbeat, const WarehouseConfig *warehouse);

/* The watch has begun with that ledger: a beat says so at once. */
void heartbeat_set_ledger(Heartbeat *heartbeat, const char *ledger);

/* The watch has another configuration, and begins again. Takes over the contents of the former one, which the thread
 * may still use. */
void heartbeat_set_config(Heartbeat *heartbeat, const WarehouseConfig *warehouse, Config *former);

/* What the watch cannot work for; NULL: it works. If that begins or ends, a beat says so at once. */
void heartbeat_say(Heartbeat *heartbeat, const Error *reason);

/* The watch is at step, a literal. */
void heartbeat_set_step(Heartbeat *heartbeat, const char *step);

/* A pass gets on, or has ended and the next is due at that time. If nothing comes for much longer, status tells that
 * passes are overdue, and at which step. */
void heartbeat_expect_pass(Heartbeat *heartbeat, int64_t at_ms);

/* Takes the row away; if failure is not NULL it stays, and says that. False if that hangs in a warehouse that does not
 * answer: then the process is to end at once. */
bool heartbeat_stop(Heartbeat *heartbeat, const Error *failure) MUST_USE;
