/* SPDX-License-Identifier: Apache-2.0
 *
 * The prober's life: wait until a probe is due → ask → if the answer is yes, log it and publish what waited. For a
 * bucket an answer is enough; if it was denied, the answer has to let us list. A table that can be locked may still
 * take no rows: so one task is published, and the executor that begins it finds out (place_note_loaded). */
#include "worker/prober.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"
#include "db/statement.h"
#include "db/transaction.h"
#include "s3/location.h"
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

static bool ask_bucket(Prober *prober, const char *name, Error *error)
{
    return (prober->s3 || s3_open(&prober->fleet->config->aws, &prober->s3, error)) &&
           s3_probe(prober->s3, name, error);
}

/* Whether anything of a bucket that was denied may be listed by now. */
typedef struct Rights {
    S3 *s3;
    const char *bucket;
    bool is_denied; /* every prefix asked for is denied */
} Rights;

static bool ask_rights(void *context, const char *bucket, const char *prefix, Error *error)
{
    Rights *rights = context;
    if (strcmp(bucket, rights->bucket) == 0)
        rights->is_denied = !s3_probe_rights(rights->s3, bucket, prefix, error);
    return strcmp(bucket, rights->bucket) != 0 || rights->is_denied;
}

static bool is_still_denied(Prober *prober, const Outage *outage)
{
    const Config *config = prober->fleet->config;
    Rights rights = {.s3 = prober->s3, .bucket = outage->why.name};
    Error ignored;
    if (outage->state != OUTAGE_DENIED)
        return false;
    for (size_t i = 0; i < config->dataset_count; i++)
        if (!location_visit(&config->datasets[i], ask_rights, &rights, &ignored))
            return false;
    return rights.is_denied;
}

static void look_at_bucket(Prober *prober, const Outage *outage)
{
    Error ignored;
    Fleet *fleet = prober->fleet;
    const char *name = outage->why.name;
    if (!ask_bucket(prober, name, &ignored) || is_still_denied(prober, outage))
        return;
    if (fleet_open_session(fleet, &prober->connection, &ignored))
        place_note_back(fleet, prober->connection, SERVICE_S3, name);
    else if (outage_note_back(&fleet->outages, SERVICE_S3, name))
        outage_note_owing(&fleet->outages, SERVICE_S3, name);
}

/* False if somebody has the table locked, or if the session is lost. The next task finds out any other failure. */
static bool ask_table(Prober *prober, const char *name, Error *error)
{
    if (!statement_exists(prober->connection, "load/probe"))
        return true;
    AUTO_FREE char *sql = statement_on(prober->connection, "load/probe", name);
    AUTO_TRANSACTION transaction = {0};
    bool is_locked = (!transaction_begin(&transaction, prober->connection, TRANSACTION_PLAIN, error) ||
                      !connection_run(prober->connection, sql, NULL, error)) &&
                     connection_was_locked_out(prober->connection);
    return !is_locked && connection_is_open(prober->connection);
}

/* If no task waits in the ledger any more, all were loaded elsewhere, and the table is back. */
static void look_at_table(Prober *prober, const char *name)
{
    Error ignored;
    if (!fleet_open_session(prober->fleet, &prober->connection, &ignored) || !ask_table(prober, name, &ignored))
        return;
    outage_note_maybe(&prober->fleet->outages, SERVICE_TABLE, name);
    if (!place_try_table(prober->connection, name))
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
            look_at_bucket(prober, &outage);
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
