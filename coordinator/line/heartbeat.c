/* SPDX-License-Identifier: Apache-2.0 */
#include "line/heartbeat.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/start.h"
#include "ledger/ledger.h"
#include "ledger/record.h"

#define STOP_S_MAX 2

/* How soon it is said that something is missed, or is not any more. */
#define LOOK_MS 1000

static bool open_session(Heartbeat *heartbeat, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    if (connection_is_open(heartbeat->connection))
        return true;
    connection_close(heartbeat->connection);
    heartbeat->connection = NULL;
    return connection_open(&heartbeat->config, "copyfleet", &heartbeat->connection, error) &&
           ledger_read_id(heartbeat->connection, ledger, error);
}

/* A file with mistakes leaves the configuration as it was. */
static void read_config(Heartbeat *heartbeat)
{
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    Error ignored;
    if (!config_load(heartbeat->config_path, &config, &mistakes, &ignored))
        return;
    connection_close(take(heartbeat->connection));
    config_done(&heartbeat->config);
    heartbeat->config = config;
    config = (Config){0};
}

static int64_t stall_ms(const Heartbeat *heartbeat)
{
    return heartbeat->config.stall_s * 1000;
}

static void beat(Heartbeat *heartbeat)
{
    Error error;
    char reason[sizeof heartbeat->reason];
    pthread_mutex_lock(&heartbeat->lock);
    memcpy(reason, heartbeat->reason, sizeof reason);
    heartbeat->is_missing = *reason != '\0';
    pthread_mutex_unlock(&heartbeat->lock);
    const ProcessState state = {.name = heartbeat->name, .kind = "watch", .reason = reason};
    bool is_said = open_session(heartbeat, &error) && record_process_seen(heartbeat->connection, &state, &error);
    if (!is_said && !heartbeat->is_failing)
        log_event(LOG_WARNING, "heartbeat.failed", LOG_TEXT("reason", error.message));
    heartbeat->is_failing = !is_said;
}

static void say_end(Heartbeat *heartbeat)
{
    Error error;
    bool is_said = heartbeat->is_failed
                       ? record_process_failed(heartbeat->connection, heartbeat->name, heartbeat->reason, &error)
                       : record_process_gone(heartbeat->connection, heartbeat->name, &error);
    if (!is_said)
        log_event(LOG_DEBUG, "heartbeat.failed", LOG_TEXT("reason", error.message));
}

static bool has_news(Heartbeat *heartbeat)
{
    pthread_mutex_lock(&heartbeat->lock);
    bool has_any = (*heartbeat->reason != '\0') != heartbeat->is_missing;
    pthread_mutex_unlock(&heartbeat->lock);
    return has_any;
}

/* Once the next beat is due; sooner if something begins or ceases to be missed. False if the heart is to stop. */
static bool wait_for_beat(Heartbeat *heartbeat)
{
    int64_t end_ms = clock_now_ms() + stall_ms(heartbeat) / RECORD_BEATS_PER_STALL;
    bool is_running = true, is_due = false;
    while (is_running && !is_due) {
        int64_t left_ms = end_ms - clock_now_ms();
        is_running = ticker_wait_ms(&heartbeat->ticker, left_ms < LOOK_MS ? left_ms : LOOK_MS);
        is_due = clock_now_ms() >= end_ms || has_news(heartbeat);
    }
    return is_running;
}

static void *run(void *context)
{
    Heartbeat *heartbeat = context;
    pthread_setname_np(pthread_self(), "heartbeat");
    do {
        if (atomic_exchange(&heartbeat->is_stale, false))
            read_config(heartbeat);
        if (pulse_silent_ms(&heartbeat->pulse) < stall_ms(heartbeat))
            beat(heartbeat);
    } while (wait_for_beat(heartbeat));
    if (connection_is_open(heartbeat->connection))
        say_end(heartbeat);
    connection_close(heartbeat->connection);
    config_done(&heartbeat->config);
    return NULL;
}

void heartbeat_start(Heartbeat *heartbeat, const char *config_path)
{
    *heartbeat = (Heartbeat){.config_path = config_path};
    read_config(heartbeat);
    start_name_process(heartbeat->name, sizeof heartbeat->name);
    pthread_mutex_init(&heartbeat->lock, NULL);
    pulse_bind(&heartbeat->pulse);
    pulse_beat();
    ticker_start(&heartbeat->ticker, run, heartbeat);
}

void heartbeat_read_config(Heartbeat *heartbeat)
{
    atomic_store(&heartbeat->is_stale, true);
}

void heartbeat_say(Heartbeat *heartbeat, const Error *reason)
{
    pthread_mutex_lock(&heartbeat->lock);
    snprintf(heartbeat->reason, sizeof heartbeat->reason, "%s", reason ? reason->message : "");
    pthread_mutex_unlock(&heartbeat->lock);
}

bool heartbeat_stop(Heartbeat *heartbeat, const Error *failure)
{
    pulse_bind(NULL);
    heartbeat_say(heartbeat, failure);
    pthread_mutex_lock(&heartbeat->lock);
    heartbeat->is_failed = failure != NULL;
    pthread_mutex_unlock(&heartbeat->lock);
    if (!ticker_stop(&heartbeat->ticker, STOP_S_MAX))
        return false;
    pthread_mutex_destroy(&heartbeat->lock);
    return true;
}
