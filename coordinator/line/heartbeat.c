/* SPDX-License-Identifier: Apache-2.0 */
#include "line/heartbeat.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/start.h"
#include "ledger/record.h"
#include "line/coordinator.h"
#include "show/figure.h"

#define STOP_S_MAX 2

/* A pass that is late for so many times STALL_S is overdue. What takes long as a rule, the plan of a million new
 * objects or a transform of all they hold, takes minutes, and STALL_S is one of them. */
#define STALLS_OVERDUE 10

/* What the watch has changed since the last beat. */
static void take_place(Heartbeat *heartbeat)
{
    pthread_mutex_lock(&heartbeat->lock);
    if (heartbeat->has_moved) {
        connection_close(take(heartbeat->connection));
        heartbeat->place = heartbeat->next;
        config_done(&heartbeat->former);
    }
    heartbeat->has_moved = heartbeat->has_former = false;
    pthread_mutex_unlock(&heartbeat->lock);
}

static bool open_session(Heartbeat *heartbeat, Error *error)
{
    HeartbeatPlace *place = &heartbeat->place;
    return coordinator_open_session(&place->warehouse, place->ledger, &heartbeat->connection, error);
}

static int64_t stall_ms(const Heartbeat *heartbeat)
{
    return heartbeat->place.warehouse.patience.stall.ms;
}

/* The watch's thread lives and gets no further. As far as is known it waits for a statement, and nobody knows when that
 * ends. */
static void add_overdue(Heartbeat *heartbeat, char *reason, size_t size)
{
    char span[FIGURE_SIZE];
    int64_t late_ms = clock_now_ms() - atomic_load(&heartbeat->pass_at_ms);
    if (*reason || late_ms < STALLS_OVERDUE * stall_ms(heartbeat))
        return;
    snprintf(reason, size,
             "passes are overdue: none has got on for %s, since it is at %s; look in the warehouse what its sessions "
             "(application_name copyfleet) wait for",
             figure_span(span, late_ms / 1000), atomic_load(&heartbeat->step));
}

static void beat(Heartbeat *heartbeat)
{
    Error error;
    char reason[sizeof heartbeat->reason];
    pthread_mutex_lock(&heartbeat->lock);
    memcpy(reason, heartbeat->reason, sizeof reason);
    pthread_mutex_unlock(&heartbeat->lock);
    add_overdue(heartbeat, reason, sizeof reason);
    const ProcessState state = {.name = heartbeat->name, .kind = "watch", .reason = reason};
    bool is_said = open_session(heartbeat, &error) && record_process_seen(heartbeat->connection, &state, &error);
    if (!is_said && !heartbeat->is_failing)
        log_event(LOG_WARNING, "heartbeat.failed", LOG_TEXT("reason", error.message));
    heartbeat->is_failing = !is_said;
}

static bool write_end(Heartbeat *heartbeat, Error *error)
{
    return heartbeat->is_failed
               ? record_process_failed(heartbeat->connection, heartbeat->name, heartbeat->reason, error)
               : record_process_gone(heartbeat->connection, heartbeat->name, error);
}

/* A watch that failed says so, even if it had no beat before. */
static void say_end(Heartbeat *heartbeat)
{
    Error error;
    if (!connection_is_open(heartbeat->connection))
        take_place(heartbeat);
    bool has_word = heartbeat->is_failed || connection_is_open(heartbeat->connection);
    if (has_word && (!open_session(heartbeat, &error) || !write_end(heartbeat, &error)))
        log_event(LOG_DEBUG, "heartbeat.failed", LOG_TEXT("reason", error.message));
}

static void *run(void *context)
{
    Heartbeat *heartbeat = context;
    pthread_setname_np(pthread_self(), "heartbeat");
    do {
        take_place(heartbeat);
        if (*heartbeat->place.ledger && pulse_silent_ms(&heartbeat->pulse) < stall_ms(heartbeat))
            beat(heartbeat);
    } while (ticker_wait_ms(&heartbeat->ticker, stall_ms(heartbeat) / RECORD_BEATS_PER_STALL));
    say_end(heartbeat);
    connection_close(heartbeat->connection);
    config_done(&heartbeat->former);
    return NULL;
}

void heartbeat_start(Heartbeat *heartbeat, const WarehouseConfig *warehouse)
{
    *heartbeat = (Heartbeat){.next = {.warehouse = *warehouse}, .has_moved = true};
    start_name_process(heartbeat->name, sizeof heartbeat->name);
    pthread_mutex_init(&heartbeat->lock, NULL);
    pulse_bind(&heartbeat->pulse);
    pulse_beat();
    heartbeat_set_step(heartbeat, "its start");
    heartbeat_expect_pass(heartbeat, clock_now_ms());
    ticker_start(&heartbeat->ticker, run, heartbeat);
}

void heartbeat_set_ledger(Heartbeat *heartbeat, const char *ledger)
{
    pthread_mutex_lock(&heartbeat->lock);
    snprintf(heartbeat->next.ledger, sizeof heartbeat->next.ledger, "%s", ledger);
    heartbeat->has_moved = true;
    pthread_mutex_unlock(&heartbeat->lock);
    ticker_wake(&heartbeat->ticker);
}

void heartbeat_set_config(Heartbeat *heartbeat, const WarehouseConfig *warehouse, Config *former)
{
    pthread_mutex_lock(&heartbeat->lock);
    if (heartbeat->has_former)
        config_done(former); /* the thread has not seen it yet */
    else
        heartbeat->former = *former;
    heartbeat->next = (HeartbeatPlace){.warehouse = *warehouse};
    heartbeat->has_former = heartbeat->has_moved = true;
    pthread_mutex_unlock(&heartbeat->lock);
}

/* Whether the watch begins or ceases to miss something by that. */
static bool set_reason(Heartbeat *heartbeat, const Error *reason, bool is_failed)
{
    pthread_mutex_lock(&heartbeat->lock);
    bool was_missing = *heartbeat->reason != '\0';
    snprintf(heartbeat->reason, sizeof heartbeat->reason, "%s", reason ? reason->message : "");
    heartbeat->is_failed = is_failed;
    bool is_missing = *heartbeat->reason != '\0';
    pthread_mutex_unlock(&heartbeat->lock);
    return is_missing != was_missing;
}

void heartbeat_say(Heartbeat *heartbeat, const Error *reason)
{
    if (set_reason(heartbeat, reason, false))
        ticker_wake(&heartbeat->ticker);
}

void heartbeat_set_step(Heartbeat *heartbeat, const char *step)
{
    atomic_store(&heartbeat->step, step);
}

void heartbeat_expect_pass(Heartbeat *heartbeat, int64_t at_ms)
{
    atomic_store(&heartbeat->pass_at_ms, at_ms);
}

bool heartbeat_stop(Heartbeat *heartbeat, const Error *failure)
{
    pulse_bind(NULL);
    (void)set_reason(heartbeat, failure, failure != NULL);
    if (!ticker_stop(&heartbeat->ticker, STOP_S_MAX))
        return false;
    pthread_mutex_destroy(&heartbeat->lock);
    return true;
}
