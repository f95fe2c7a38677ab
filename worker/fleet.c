/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/fleet.h"

#include <assert.h>

#include "base/clock.h"
#include "base/health.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "base/thread.h"
#include "ledger/record.h"

bool fleet_open_session(const Fleet *fleet, Connection **session, Error *error)
{
    AUTO_CONNECTION opened = NULL;
    assert(*fleet->ledger); /* a session of the worker writes one ledger and no other */
    if (connection_is_open(*session))
        return true;
    connection_close(take(*session));
    if (!connection_open(&fleet->config->warehouse, fleet->session, &opened, error) ||
        !ledger_bind(opened, fleet->ledger, error))
        return false;
    connection_set_interrupt(opened, &fleet->interrupt);
    *session = take(opened);
    return true;
}

bool fleet_say_seen(Fleet *fleet, Connection *session, Error *error)
{
    Error missed;
    bool misses = outage_find_missed(&fleet->outages, &missed);
    const ProcessState state = {.name = fleet->worker,
                                .kind = "worker",
                                .hung = atomic_load(&fleet->vigil.hung),
                                .reason = misses ? missed.message : ""};
    return record_process_seen(session, &state, error);
}

void fleet_say_end(Fleet *fleet, Connection *session)
{
    Error error;
    bool is_said = atomic_load(&fleet->is_fatal)
                       ? record_process_failed(session, fleet->worker, fleet->failure.message, &error)
                       : record_process_gone(session, fleet->worker, &error);
    if (!is_said)
        log_event(LOG_DEBUG, "heartbeat.failed", LOG_TEXT("reason", error.message));
}

void fleet_note_begun(Fleet *fleet)
{
    pthread_mutex_lock(&fleet->running_lock);
    fleet->running++;
    pthread_mutex_unlock(&fleet->running_lock);
}

void fleet_note_ended(Fleet *fleet)
{
    pthread_mutex_lock(&fleet->running_lock);
    assert(fleet->running > 0);
    fleet->running--;
    pthread_cond_broadcast(&fleet->ended);
    pthread_mutex_unlock(&fleet->running_lock);
}

int fleet_count_running(Fleet *fleet)
{
    pthread_mutex_lock(&fleet->running_lock);
    int running = fleet->running;
    pthread_mutex_unlock(&fleet->running_lock);
    return running;
}

bool fleet_wait_for_executors(Fleet *fleet, int64_t wait_ms)
{
    int64_t now_ms = clock_now_ms(), end_ms = now_ms + wait_ms;
    pthread_mutex_lock(&fleet->running_lock);
    for (; fleet->running > 0 && now_ms < end_ms; now_ms = clock_now_ms()) {
        int64_t touch_ms = now_ms + HEALTH_TOUCH_MS;
        health_touch();
        thread_wait_until_ms(&fleet->ended, &fleet->running_lock, touch_ms < end_ms ? touch_ms : end_ms);
    }
    bool have_ended = fleet->running == 0;
    pthread_mutex_unlock(&fleet->running_lock);
    return have_ended;
}

void fleet_fail(Fleet *fleet, const Error *error)
{
    if (!atomic_exchange(&fleet->is_fatal, true)) {
        fleet->failure = *error;
        log_event(LOG_ERROR, "worker.failed", LOG_TEXT("reason", error->message));
    }
    stop_request();
}
