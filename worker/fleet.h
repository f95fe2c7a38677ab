/* SPDX-License-Identifier: Apache-2.0
 *
 * What the threads of a worker share. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/outage.h"
#include "config/config.h"
#include "db/connection.h"
#include "kafka/producer.h"
#include "ledger/ledger.h"
#include "worker/group.h"
#include "worker/heartbeat.h"
#include "worker/isolation.h"
#include "worker/prober.h"
#include "worker/refused_datasets.h"
#include "worker/vigil.h"
#include "worker/work_queue.h"

/* PostgreSQL cuts an application_name at NAMEDATALEN - 1 bytes. */
#define FLEET_SESSION_SIZE 64
#define FLEET_SESSION_PREFIX "copyfleet-worker "
#define FLEET_WORKER_SIZE (FLEET_SESSION_SIZE - sizeof FLEET_SESSION_PREFIX + 1)

typedef struct Fleet {
    const Config *config;
    char ledger[LEDGER_ID_SIZE];
    char worker[FLEET_WORKER_SIZE];   /* host:process-random, as in copyfleet.workers */
    char session[FLEET_SESSION_SIZE]; /* application_name of our sessions: the coordinators know by it whose they are */
    WorkQueue queue;
    Group group;
    Producer *producer;
    Outages outages;
    RefusedDatasets refused_datasets;
    Isolation isolation;
    Vigil vigil;
    Heartbeat *heartbeat;
    Prober *prober;
    atomic_bool interrupt; /* running tasks are to roll back now */
    pthread_mutex_t running_lock;
    pthread_cond_t ended; /* an executor has */
    int running;          /* executors that have not ended */
    atomic_bool has_met_foreign_claim;
    atomic_bool is_fatal; /* a thread met what a person has to mend */
    Error failure;        /* what a person has to mend; read once all threads have ended */
} Fleet;

/* Replaces *session if it is lost or NULL. The new one carries the worker's name, writes the worker's ledger and no
 * other, and cancels what takes long once running tasks are to roll back, unless its owner takes the interrupt away. */
bool fleet_open_session(const Fleet *fleet, Connection **session, Error *error) MUST_USE;

/* Says in the ledger that the worker lives, and what it cannot work for; and, in a session that is its last, that it
 * ends. */
bool fleet_say_seen(Fleet *fleet, Connection *session, Error *error) MUST_USE;
void fleet_say_end(Fleet *fleet, Connection *session);

/* An executor's thread begins, and ends. */
void fleet_note_begun(Fleet *fleet);
void fleet_note_ended(Fleet *fleet);

/* How many executors have not ended. */
int fleet_count_running(Fleet *fleet);

/* Waits until all executors have ended, and touches the health file meanwhile; false if wait_ms are over first. */
bool fleet_wait_for_executors(Fleet *fleet, int64_t wait_ms);

/* Something that a person has to mend: said once, and the worker ends. */
void fleet_fail(Fleet *fleet, const Error *error);
