/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "s3/location.h"
#include "worker/place.h"

typedef struct Check {
    Fleet *fleet;
    S3 *s3;
    Connection *connection;
    char **asked; /* buckets, each once: one that is silent takes its time to be asked */
    size_t count, capacity;
    Error last; /* of what is away */
} Check;

static void check_done(Check *check)
{
    for (size_t i = 0; i < check->count; i++)
        free(check->asked[i]);
    free(check->asked);
}
#define AUTO_CHECK AUTO(Check, check_done)

static bool was_asked(const Check *check, const char *bucket)
{
    for (size_t i = 0; i < check->count; i++)
        if (strcmp(check->asked[i], bucket) == 0)
            return true;
    return false;
}

/* A failure of a bucket stops the datasets that need it. False for a failure that stops the worker. */
static bool note_failure(Check *check, Error *error)
{
    place_judge_denial(check->fleet, error);
    if (error->kind == ERROR_REFUSED)
        return true;
    bool may_pass = error->kind == ERROR_RETRY || error->kind == ERROR_OUTAGE;
    if (!may_pass || error->service != SERVICE_S3 || !*error->name)
        return false;
    error->kind = ERROR_OUTAGE;
    outage_note_lost(&check->fleet->outages, error);
    check->last = *error;
    return true;
}

static bool ask(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix;
    Check *check = context;
    if (was_asked(check, bucket))
        return true;
    check->asked = memory_grow(check->asked, check->count, &check->capacity, sizeof *check->asked);
    check->asked[check->count++] = memory_copy_text(bucket);
    if (!s3_probe(check->s3, bucket, error))
        return note_failure(check, error);
    place_note_there(check->fleet, check->connection, bucket);
    return true;
}

static bool find_lost(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix, (void)error;
    const Check *check = context;
    return outage_state(&check->fleet->outages, SERVICE_S3, bucket) != OUTAGE_LOST;
}

static bool ask_buckets(Check *check, const Dataset *dataset, Error *error)
{
    return location_visit(dataset, ask, check, error) && location_visit_url(dataset->json, ask, check, error) &&
           location_visit_url(check->fleet->config->warehouse.manifest_prefix, ask, check, error);
}

static bool prepare(Check *check, const Dataset *dataset, Connection *connection, Loader *loader, Error *error)
{
    Error ignored;
    bool has_jsonpaths = location_visit_url(dataset->json, find_lost, check, &ignored);
    return !has_jsonpaths || loader_prepare(loader, loader_find(loader, dataset->name), connection, error) ||
           note_failure(check, error);
}

static void log_unusable(const Dataset *dataset, const Error *why)
{
    log_event(LOG_WARNING, "dataset.unusable", LOG_TEXT("dataset", dataset->name), LOG_TEXT("reason", why->message));
}

bool check_datasets(Fleet *fleet, S3 *s3, Connection *connection, Loader *loader, bool is_first, Error *error)
{
    AUTO_CHECK check = {.fleet = fleet, .s3 = s3, .connection = connection};
    const Config *config = fleet->config;
    for (size_t i = 0; i < config->dataset_count; i++)
        if ((is_first && !ask_buckets(&check, &config->datasets[i], error)) ||
            !prepare(&check, &config->datasets[i], connection, loader, error))
            return false;
    if (*check.last.message && !place_can_load_any(fleet, true)) {
        *error = check.last;
        return false;
    }
    for (size_t i = 0; is_first && i < config->dataset_count; i++)
        (void)place_try_table(connection, config->datasets[i].table);
    if (is_first)
        loader_each_unusable(loader, log_unusable);
    return true;
}
