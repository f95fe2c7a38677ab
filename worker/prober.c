/* SPDX-License-Identifier: Apache-2.0
 *
 * The prober's life: wait until a probe is due → ask → if the answer is yes, log it and publish what waited. For a
 * bucket an answer is enough. A table that can be locked may still take no rows: so one task is published, and the
 * executor that begins it finds out (place_note_loaded). */
#include "worker/prober.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"
#include "db/sql.h"
#include "s3/s3.h"
#include "worker/fleet.h"
#include "worker/place.h"

#define STOP_S_MAX 2

struct Prober {
    Fleet *fleet;
    pthread_t thread;
    S3 *s3;
    Connection *connection;
};

static bool open_session(Prober *prober, Error *error)
{
    if (connection_is_open(prober->connection))
        return true;
    if (!fleet_open_session(prober->fleet, &prober->connection, error))
        return false;
    connection_set_interrupt(prober->connection, &prober->fleet->interrupt);
    return true;
}

static bool ask_bucket(Prober *prober, const char *name, Error *error)
{
    return (prober->s3 || s3_open(prober->fleet->config, &prober->s3, error)) && s3_probe(prober->s3, name, error);
}

static void look_at_bucket(Prober *prober, const char *name)
{
    Error error;
    if (!ask_bucket(prober, name, &error)) {
        place_judge_denial(prober->fleet, &error);
        if (error.kind == ERROR_FATAL && *error.name)
            fleet_fail(prober->fleet, &error);
        return;
    }
    int64_t count;
    if (outage_note_back(&prober->fleet->outages, SERVICE_S3, name) &&
        (!open_session(prober, &error) ||
         !place_return(prober->connection, SERVICE_S3, name, PLACE_RETURN_ALL, &count, &error))) {
        log_event(LOG_DEBUG, "tasks.unreturned", LOG_TEXT("name", name), LOG_TEXT("reason", error.message));
        outage_note_owing(&prober->fleet->outages, SERVICE_S3, name);
    }
}

/* False for a lock, or if the session is lost; any other failure the next task finds out. */
static bool ask_table(Prober *prober, const char *name, Error *error)
{
    AUTO_FREE char *sql = statement_on(prober->connection, "load/probe", name);
    bool is_locked =
        !connection_run(prober->connection, sql, NULL, error) && connection_was_locked_out(prober->connection);
    connection_roll_back(prober->connection);
    return !is_locked && connection_is_open(prober->connection);
}

/* If no task waits in the ledger any more, all were loaded elsewhere. */
static void look_at_table(Prober *prober, const char *name)
{
    Error ignored;
    int64_t count;
    if (!open_session(prober, &ignored) || !ask_table(prober, name, &ignored))
        return;
    outage_note_maybe(&prober->fleet->outages, SERVICE_TABLE, name);
    if (place_return(prober->connection, SERVICE_TABLE, name, 1, &count, &ignored) && count == 0)
        outage_note_back(&prober->fleet->outages, SERVICE_TABLE, name);
}

static void *run(void *context)
{
    Prober *prober = context;
    Outage outage;
    pthread_setname_np(pthread_self(), "prober");
    log_set_context(LOG_TEXT("worker", prober->fleet->worker));
    while (outage_wait_for_probe(&prober->fleet->outages, &outage)) {
        if (outage.why.service == SERVICE_S3)
            look_at_bucket(prober, outage.why.name);
        else
            look_at_table(prober, outage.why.name);
    }
    connection_close(prober->connection);
    s3_close(prober->s3);
    return NULL;
}

Prober *prober_start(Fleet *fleet)
{
    Prober *prober = memory_alloc_zeroed(1, sizeof *prober);
    prober->fleet = fleet;
    thread_start(&prober->thread, run, prober);
    return prober;
}

bool prober_stop(Prober *prober)
{
    outage_close(&prober->fleet->outages);
    if (!thread_join_s(prober->thread, STOP_S_MAX))
        return false;
    free(prober);
    return true;
}
