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

typedef struct Heartbeat {
    const char *config_path;
    Config config;                  /* its own: the watch reads the file anew while the thread uses this */
    char name[HEARTBEAT_NAME_SIZE]; /* host:process-random */
    Ticker ticker;
    Connection *connection;
    Pulse pulse;          /* of the thread that is vouched for */
    atomic_bool is_stale; /* the configuration is to be read again */
    bool is_failing;      /* said already */

    pthread_mutex_t lock; /* for what follows */
    char reason[1024];    /* what it cannot work for; "": nothing */
    bool is_missing;      /* the last beat said one */
    bool is_failed;       /* it ends for that reason */
} Heartbeat;

/* For the calling thread. A failure is logged once, until the next success. */
void heartbeat_start(Heartbeat *heartbeat, const char *config_path);

/* The file of the configuration is another one now. */
void heartbeat_read_config(Heartbeat *heartbeat);

/* What the watch cannot work for; NULL: it works. */
void heartbeat_say(Heartbeat *heartbeat, const Error *reason);

/* Takes the row away; if failure is not NULL it stays, and says that. False if that hangs in a warehouse that does not
 * answer: then the process is to end at once. */
bool heartbeat_stop(Heartbeat *heartbeat, const Error *failure) MUST_USE;
