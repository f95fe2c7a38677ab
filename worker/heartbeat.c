/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/heartbeat.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"
#include "db/connection.h"
#include "db/ledger.h"
#include "db/record.h"
#include "worker/fleet.h"

/* Four beats within stall_s, so that one or two may be late. */
#define BEATS_PER_STALL 4
#define INTERVAL_MS_MIN 250

#define STOP_S_MAX 2

struct Heartbeat {
    Fleet *fleet;
    int64_t interval_ms;
    pthread_t thread;
    Connection *connection;
    Pulse pulse;
    bool is_failing; /* said already */

    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t stopped;
    bool is_stopped;
};

static bool open_session(Heartbeat *heartbeat, Error *error)
{
    return connection_is_open(heartbeat->connection) ||
           fleet_open_session(heartbeat->fleet, &heartbeat->connection, error);
}

/* Also while no task comes: messages of the ledger that took its place would be passed over, and wait for another. */
static bool is_of_its_ledger(Heartbeat *heartbeat, Error *error)
{
    bool is_confirmed = ledger_confirm(heartbeat->connection, error);
    if (!is_confirmed && error->kind == ERROR_FATAL)
        fleet_fail(heartbeat->fleet, error);
    return is_confirmed;
}

static void beat(Heartbeat *heartbeat)
{
    Error error;
    Fleet *fleet = heartbeat->fleet;
    bool is_said =
        open_session(heartbeat, &error) && is_of_its_ledger(heartbeat, &error) &&
        record_worker_seen(heartbeat->connection, fleet->worker, atomic_load(&fleet->vigil.hung), &error) &&
        vigil_look(&fleet->vigil, fleet->config, fleet->worker, fleet->session, heartbeat->connection, &error);
    if (!is_said && !heartbeat->is_failing)
        log_event(LOG_WARNING, "heartbeat.failed", LOG_TEXT("reason", error.message));
    heartbeat->is_failing = !is_said;
}

/* False once the heart is to stop. */
static bool wait_for_beat(Heartbeat *heartbeat)
{
    int64_t end_ms = clock_now_ms() + heartbeat->interval_ms;
    pthread_mutex_lock(&heartbeat->lock);
    while (!heartbeat->is_stopped && thread_wait_until_ms(&heartbeat->stopped, &heartbeat->lock, end_ms))
        ;
    bool is_running = !heartbeat->is_stopped;
    pthread_mutex_unlock(&heartbeat->lock);
    return is_running;
}

static void *run(void *context)
{
    Heartbeat *heartbeat = context;
    pulse_bind(&heartbeat->pulse);
    pthread_setname_np(pthread_self(), "heartbeat");
    log_set_context(LOG_TEXT("worker", heartbeat->fleet->worker));
    do {
        pulse_beat();
        beat(heartbeat);
    } while (wait_for_beat(heartbeat));
    Error ignored;
    if (connection_is_open(heartbeat->connection) &&
        !record_worker_gone(heartbeat->connection, heartbeat->fleet->worker, &ignored))
        log_event(LOG_DEBUG, "heartbeat.failed", LOG_TEXT("reason", ignored.message));
    connection_close(heartbeat->connection);
    return NULL;
}

Heartbeat *heartbeat_start(Fleet *fleet)
{
    Heartbeat *heartbeat = memory_alloc_zeroed(1, sizeof *heartbeat);
    heartbeat->fleet = fleet;
    int64_t interval_ms = fleet->config->stall_s * 1000 / BEATS_PER_STALL;
    heartbeat->interval_ms = interval_ms > INTERVAL_MS_MIN ? interval_ms : INTERVAL_MS_MIN;
    pthread_mutex_init(&heartbeat->lock, NULL);
    thread_init_condition(&heartbeat->stopped);
    thread_start(&heartbeat->thread, run, heartbeat);
    return heartbeat;
}

bool heartbeat_is_well(Heartbeat *heartbeat)
{
    return pulse_silent_ms(&heartbeat->pulse) < heartbeat->fleet->config->stall_s * 1000 + heartbeat->interval_ms;
}

bool heartbeat_stop(Heartbeat *heartbeat)
{
    pthread_mutex_lock(&heartbeat->lock);
    heartbeat->is_stopped = true;
    pthread_cond_signal(&heartbeat->stopped);
    pthread_mutex_unlock(&heartbeat->lock);

    if (!thread_join_s(heartbeat->thread, STOP_S_MAX))
        return false;
    pthread_cond_destroy(&heartbeat->stopped);
    pthread_mutex_destroy(&heartbeat->lock);
    free(heartbeat);
    return true;
}
