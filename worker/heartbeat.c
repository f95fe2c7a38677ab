/* SPDX-License-Identifier: Apache-2.0
 *
 * The heartbeat's life: say in the ledger that the worker lives and what it misses → look at each executor's pulse →
 * wait until the next beat is due, sooner if a service was lost or is back. At its end it takes the worker's row away.
 * A beat that fails is logged once; the next one opens a new session if that is needed. */
#include "worker/heartbeat.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/ticker.h"
#include "db/connection.h"
#include "ledger/ledger.h"
#include "ledger/record.h"
#include "worker/fleet.h"

#define INTERVAL_MS_MIN 250

/* How soon it is said that a service was lost, or is back. */
#define LOOK_MS 1000

#define STOP_S_MAX 2

struct Heartbeat {
    Fleet *fleet;
    int64_t interval_ms;
    Ticker ticker;
    Connection *connection;
    Pulse pulse;
    bool is_failing; /* which the log has already */
    bool is_denied;  /* the log also has that the warehouse refuses us, which a person has to know */
    bool is_missing; /* the last beat said that the worker misses a service */
};

/* Asked also while no task comes: if another ledger took its place, the worker would pass that one's messages over, and
 * they would wait for another worker. */
static bool is_of_its_ledger(Heartbeat *heartbeat, Error *error)
{
    bool is_confirmed = ledger_confirm(heartbeat->connection, error);
    if (!is_confirmed && error->kind == ERROR_FATAL)
        fleet_fail(heartbeat->fleet, error);
    return is_confirmed;
}

/* The heart beats while tasks roll back, and says goodbye after that: nobody interrupts it. */
static bool open_session(Heartbeat *heartbeat, Error *error)
{
    if (!fleet_open_session(heartbeat->fleet, &heartbeat->connection, error))
        return false;
    connection_set_interrupt(heartbeat->connection, NULL);
    return true;
}

static void beat(Heartbeat *heartbeat)
{
    Error error;
    Error missed;
    Fleet *fleet = heartbeat->fleet;
    heartbeat->is_missing = outage_find_missed(&fleet->outages, &missed);
    bool is_said =
        open_session(heartbeat, &error) && is_of_its_ledger(heartbeat, &error) &&
        fleet_say_seen(fleet, heartbeat->connection, &error) &&
        vigil_look(&fleet->vigil, fleet->config, fleet->worker, fleet->session, heartbeat->connection, &error);
    bool is_denied = !is_said && error.kind == ERROR_DENIED;
    if (!is_said && (!heartbeat->is_failing || (is_denied && !heartbeat->is_denied)))
        log_event(LOG_WARNING, "heartbeat.failed", LOG_TEXT("reason", error.message));
    heartbeat->is_failing = !is_said;
    heartbeat->is_denied = is_denied || (heartbeat->is_denied && !is_said);
}

/* Once the next beat is due; sooner if a service was lost or is back. False if the heart is to stop. */
static bool wait_for_beat(Heartbeat *heartbeat)
{
    Error ignored;
    int64_t end_ms = clock_now_ms() + heartbeat->interval_ms;
    bool is_running = true, is_due = false;
    while (is_running && !is_due) {
        int64_t left_ms = end_ms - clock_now_ms();
        is_running = ticker_wait_ms(&heartbeat->ticker, left_ms < LOOK_MS ? left_ms : LOOK_MS);
        is_due = clock_now_ms() >= end_ms ||
                 outage_find_missed(&heartbeat->fleet->outages, &ignored) != heartbeat->is_missing;
    }
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
    if (connection_is_open(heartbeat->connection))
        fleet_say_end(heartbeat->fleet, heartbeat->connection);
    connection_close(heartbeat->connection);
    return NULL;
}

Heartbeat *heartbeat_start(Fleet *fleet)
{
    Heartbeat *heartbeat = memory_alloc_zeroed(1, sizeof *heartbeat);
    heartbeat->fleet = fleet;
    int64_t interval_ms = fleet->config->fleet.stall.ms / RECORD_BEATS_PER_STALL;
    heartbeat->interval_ms = interval_ms > INTERVAL_MS_MIN ? interval_ms : INTERVAL_MS_MIN;
    ticker_start(&heartbeat->ticker, run, heartbeat);
    return heartbeat;
}

bool heartbeat_is_well(Heartbeat *heartbeat)
{
    return pulse_silent_ms(&heartbeat->pulse) < heartbeat->fleet->config->fleet.stall.ms + heartbeat->interval_ms;
}

bool heartbeat_stop(Heartbeat *heartbeat)
{
    if (!ticker_stop(&heartbeat->ticker, STOP_S_MAX))
        return false;
    free(heartbeat);
    return true;
}
