/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/place.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "ledger/dispatch.h"
#include "ledger/record.h"
#include "s3/location.h"

/* The buckets that a task needs: its objects', the jsonpaths file's, and the one that manifests go to. */
static bool visit_buckets(const Config *config, const Dataset *dataset, const Task *task, LocationFunction *each,
                          void *context, Error *error)
{
    for (size_t i = 0; i < task->version_count; i++) {
        bool is_new = i == 0 || strcmp(task->versions[i].bucket, task->versions[i - 1].bucket) != 0;
        if (is_new && !each(context, task->versions[i].bucket, "", error))
            return false;
    }
    return location_visit_url(dataset->json, each, context, error) &&
           location_visit_url(config->warehouse.manifest_prefix, each, context, error);
}

static bool may_read(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix;
    Fleet *fleet = context;
    return outage_may_begin(&fleet->outages, SERVICE_S3, bucket, error) != OUTAGE_SHUT;
}

OutageGate place_may_begin(Fleet *fleet, const Dataset *dataset, const Task *task, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED);
    if (!visit_buckets(fleet->config, dataset, task, may_read, fleet, error))
        return OUTAGE_SHUT;
    return outage_may_begin(&fleet->outages, SERVICE_TABLE, dataset->table, error);
}

/* Whether one bucket of several is there. */
typedef struct Look {
    Fleet *fleet;
    bool counts_lost;
    bool has_one;
} Look;

static bool look_at(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix, (void)error;
    Look *look = context;
    OutageState state = outage_state(&look->fleet->outages, SERVICE_S3, bucket);
    look->has_one = look->has_one || (state != OUTAGE_DENIED && !(look->counts_lost && state == OUTAGE_LOST));
    return true;
}

static bool can_load(Fleet *fleet, const Dataset *dataset, bool counts_lost)
{
    Error ignored;
    Look look = {.fleet = fleet, .counts_lost = counts_lost};
    if (counts_lost && outage_state(&fleet->outages, SERVICE_TABLE, dataset->table) == OUTAGE_LOST)
        return false;
    return location_visit(dataset, look_at, &look, &ignored) && look.has_one;
}

/* Without a place for manifests nothing can be loaded. */
bool place_can_load_any(Fleet *fleet, bool counts_lost)
{
    const Config *config = fleet->config;
    Error ignored;
    Look inbox = {.fleet = fleet, .counts_lost = counts_lost};
    if (!location_visit_url(config->warehouse.manifest_prefix, look_at, &inbox, &ignored) ||
        (*config->warehouse.manifest_prefix && !inbox.has_one))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++)
        if (can_load(fleet, &config->datasets[i], counts_lost))
            return true;
    return config->dataset_count == 0;
}

/* As tasks.waits_for has it; to be freed by the caller. */
static char *name_wait(ErrorService service, const char *name)
{
    return memory_format(service == SERVICE_S3 ? "s3://%s" : "table %s", name);
}

static bool return_some(Connection *connection, const char *waits_for, int64_t limit, int64_t *out_count)
{
    Error error;
    bool is_returned = dispatch_return(connection, waits_for, limit, out_count, &error);
    if (!is_returned)
        log_event(LOG_DEBUG, "tasks.unreturned", LOG_TEXT("name", waits_for), LOG_TEXT("reason", error.message));
    return is_returned;
}

static void return_all(Fleet *fleet, Connection *connection, ErrorService service, const char *name)
{
    AUTO_FREE char *waits_for = name_wait(service, name);
    int64_t count;
    if (!return_some(connection, waits_for, INT64_MAX, &count))
        outage_note_owing(&fleet->outages, service, name);
}

void place_note_there(Fleet *fleet, Connection *connection, const char *bucket)
{
    outage_note_back(&fleet->outages, SERVICE_S3, bucket);
    return_all(fleet, connection, SERVICE_S3, bucket);
}

void place_note_back(Fleet *fleet, Connection *connection, ErrorService service, const char *name)
{
    if (outage_note_back(&fleet->outages, service, name))
        return_all(fleet, connection, service, name);
}

bool place_try_table(Connection *connection, const char *table)
{
    AUTO_FREE char *waits_for = name_wait(SERVICE_TABLE, table);
    int64_t count;
    return !return_some(connection, waits_for, 1, &count) || count > 0; /* if that fails, dispatch repeats it */
}

TaskEnd place_give_back(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && error->kind == ERROR_OUTAGE && *error->name);
    Error why = *error;
    bool is_news = false;
    AUTO_FREE char *waits_for = name_wait(why.service, why.name);
    int64_t lost_ms = outage_lost_ms(&fleet->outages, why.service, why.name);
    const Wait wait = {.waits_for = waits_for, .lost_s = lost_ms / 1000, .reason = why.message};
    if (!record_waiting(connection, task, &wait, &is_news, error))
        return TASK_FAILED;
    log_event(is_news && !is_quiet ? LOG_INFO : LOG_DEBUG, "task.waiting",
              LOG_TEXT("service", error_service_name(why.service)), LOG_TEXT("name", why.name),
              LOG_TEXT("reason", why.message));
    /* If the bucket or table came back before our wait was written, its return did not publish our task. So publish
     * again. */
    if (outage_state(&fleet->outages, why.service, why.name) == OUTAGE_NONE)
        return_all(fleet, connection, why.service, why.name);
    return TASK_GIVEN_BACK;
}

typedef struct Loaded {
    Fleet *fleet;
    Connection *connection;
} Loaded;

static bool note_bucket(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix, (void)error;
    const Loaded *loaded = context;
    place_note_back(loaded->fleet, loaded->connection, SERVICE_S3, bucket);
    return true;
}

void place_note_loaded(Fleet *fleet, Connection *connection, const Dataset *dataset, const Task *task)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_in_transaction(connection));
    Loaded loaded = {fleet, connection};
    Error ignored;
    int64_t count;
    /* Whoever put it off may be gone, and with it who knew of the outage. */
    if (*task->waits_for)
        (void)return_some(connection, task->waits_for, INT64_MAX, &count);
    place_note_back(fleet, connection, SERVICE_TABLE, dataset->table);
    if (!visit_buckets(fleet->config, dataset, task, note_bucket, &loaded, &ignored))
        return; /* an address that none of the task's steps could read either */
}

void place_judge_denial(Fleet *fleet, Error *error)
{
    if (!error_is_lasting(error) || error->service != SERVICE_S3 || !*error->name)
        return;
    outage_note_denied(&fleet->outages, error);
    if (place_can_load_any(fleet, false))
        error->kind = ERROR_REFUSED;
}
