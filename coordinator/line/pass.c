/* SPDX-License-Identifier: Apache-2.0 */
#include "line/pass.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "s3/location.h"
#include "s3/refusals.h"
#include "s3/s3.h"
#include "task/partition.h"
#include "warehouse/warehouse.h"

#define DAY_S 86400

/* A dataset's part of a pass, on its way into the plan. */
typedef struct Part {
    const Pass *pass;
    Plan *plan;
    Feed *feed;
    const Dataset *dataset;
    PartitionPattern *pattern;
    const char *bucket;   /* that is listed now */
    int64_t *listed;      /* of the whole pass */
    const Error *reasons; /* of the datasets before, why they are left out */
} Part;

/* A key that ends in '/' and holds nothing is a folder that somebody made in a console. Some servers list it without a
 * Size. */
static bool is_folder_marker(const S3Entry *entry)
{
    size_t length = strlen(entry->key);
    return entry->size <= 0 && length > 0 && entry->key[length - 1] == '/';
}

static void tell(const Pass *pass, PassStep step, int64_t listed)
{
    if (pass->watch)
        pass->watch(pass->context, step, listed);
}

/* The object is no data. If an earlier version or configuration loaded it, its rows go, as if it had vanished. */
static bool leave_out(Part *part, const char *key, Error *error)
{
    const PlanRange range = {.dataset = part->dataset->name,
                             .bucket = part->bucket,
                             .prefix = key,
                             .start_after = "",
                             .removes = true,
                             .is_named = true,
                             .is_object = true};
    return plan_add_range(part->plan, &range, error);
}

/* FATAL: a later listing has the same entry. */
static bool refuse_entry(const char *bucket, const S3Entry *entry, Error *error)
{
    error_set_service(error, ERROR_FATAL, SERVICE_S3,
                      "the listing has %s of it: write the object again, or check [AWS] ENDPOINT_URL", entry->fault);
    return s3_refusal_name_object(error, bucket, entry->key);
}

static bool add_entry(void *context, const S3Entry *entry, Error *error)
{
    Part *part = context;
    if (is_folder_marker(entry))
        return true;
    if (location_is_of_config(part->pass->config, part->bucket, entry->key))
        return leave_out(part, entry->key, error);
    if (entry->fault)
        return refuse_entry(part->bucket, entry, error);
    PlanEntry planned = {.dataset = part->dataset->name,
                         .bucket = part->bucket,
                         .key = entry->key,
                         .etag = entry->etag,
                         .modified = entry->modified,
                         .partition = partition_of_key(part->pattern, entry->key),
                         .size = entry->size};
    tell(part->pass, PASS_LISTING, ++*part->listed);
    return feed_add(part->feed, &planned, error);
}

static bool list_range(Part *part, const char *bucket, const char *prefix, const char *start_after, Error *error)
{
    part->bucket = bucket;
    PlanRange range = {.dataset = part->dataset->name,
                       .bucket = bucket,
                       .prefix = prefix,
                       .start_after = start_after,
                       .removes = strcmp(part->dataset->on_vanish, "remove") == 0,
                       .is_named = part->pass->reach == PASS_EVENTS};
    int64_t listed = *part->listed;
    if (!plan_add_range(part->plan, &range, error) ||
        !s3_list(part->pass->s3, bucket, prefix, start_after, add_entry, part, error))
        return false;
    if (*part->listed == listed && part->pass->reach == PASS_FULL && part->pass->emptiness)
        emptiness_add(part->pass->emptiness, part->pass->s3, part->dataset->name, bucket, prefix);
    return true;
}

/* START_AFTER, filled in for the day that the horizon is. */
static void make_start_after(const Dataset *dataset, char *out_key, size_t size)
{
    time_t horizon_s = time(NULL) - dataset->horizon_days * DAY_S;
    struct tm day;
    /* 0 is an empty key, or one that does not fit: everything is listed. */
    if (!gmtime_r(&horizon_s, &day) || strftime(out_key, size, dataset->start_after, &day) == 0)
        *out_key = '\0';
}

static bool list_all(void *context, const char *bucket, const char *prefix, Error *error)
{
    return list_range(context, bucket, prefix, "", error);
}

static bool list_behind_horizon(void *context, const char *bucket, const char *prefix, Error *error)
{
    Part *part = context;
    char start_after[LIMIT_KEY_BYTES + 1];
    make_start_after(part->dataset, start_after, sizeof start_after);
    return list_range(part, bucket, prefix, start_after, error);
}

static bool list_named(Part *part, Error *error)
{
    const Events *events = part->pass->events;
    for (size_t i = 0; i < events->count; i++) {
        const EventObject *object = &events->objects[i];
        if (location_covers(part->dataset, object->bucket, object->key) &&
            !list_range(part, object->bucket, object->key, "", error))
            return false;
    }
    return true;
}

/* A bucket that was away for a dataset before is asked once only. */
static bool await_bucket(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix;
    const Part *part = context;
    for (const Dataset *before = part->pass->config->datasets; before < part->dataset; before++) {
        const Error *reason = &part->reasons[before - part->pass->config->datasets];
        if (reason->kind != ERROR_FATAL && reason->service == SERVICE_S3 && strcmp(reason->name, bucket) == 0) {
            *error = *reason;
            return false;
        }
    }
    return s3_await(part->pass->s3, bucket, error);
}

static bool list_reach(Part *part, Error *error)
{
    switch (part->pass->reach) {
    case PASS_FULL:
        return location_visit(part->dataset, list_all, part, error);
    case PASS_HORIZON:
        return location_visit(part->dataset, list_behind_horizon, part, error) && list_named(part, error);
    case PASS_EVENTS:
        return list_named(part, error);
    }
    return false;
}

static bool list_dataset(Part *part, Error *error)
{
    AUTO_PARTITION_PATTERN pattern = NULL;
    if (!partition_pattern_open(part->dataset->partition, &pattern, error))
        return false;
    part->pattern = pattern;
    return location_visit(part->dataset, await_bucket, part, error) && list_reach(part, error);
}

/* Its bucket is away, or a person has to mend something; not what all datasets need. */
static bool is_of_dataset(const Error *error)
{
    return error->kind != ERROR_INTERRUPTED && error->service != SERVICE_WAREHOUSE && error->service != SERVICE_KAFKA;
}

/* Nothing is known of its ranges then: what was listed before it failed may be planned, but nothing has vanished. */
static bool list_or_leave_out(Part *part, Error *out_reason, Error *error)
{
    if (list_dataset(part, error))
        return true;
    if (!is_of_dataset(error))
        return false;
    *out_reason = *error;
    return plan_forget_ranges(part->plan, part->dataset->name, error);
}

/* Where all datasets were left out it is the pass that failed: for a while, if one of them did for a while. */
static bool judge_left_out(const Pass *pass, Error *reasons, PassGaps *out_gaps, Error *error)
{
    size_t count = pass->config->dataset_count;
    const Error *worst = NULL;
    PassGaps gaps = {0};
    for (size_t i = 0; i < count; i++) {
        bool is_lasting = reasons[i].kind == ERROR_FATAL;
        if (!*reasons[i].message)
            continue;
        error_add_context(&reasons[i], "dataset %s", pass->config->datasets[i].name);
        gaps.passing += !is_lasting;
        gaps.lasting += is_lasting;
        worst = !is_lasting || !worst ? &reasons[i] : worst;
    }
    *out_gaps = gaps;
    if (worst && gaps.passing + gaps.lasting == count) {
        *error = *worst;
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (*reasons[i].message)
            pass->leave_out(pass->context, &pass->config->datasets[i], &reasons[i]);
    return true;
}

/* Of all datasets; reasons has one for each, and stays empty where it was listed. */
static bool list_datasets(const Pass *pass, Plan *plan, Feed *feed, Error *reasons, Error *error)
{
    int64_t listed = 0, fed;
    tell(pass, PASS_LISTING, listed);
    if (pass->emptiness)
        emptiness_clear(pass->emptiness);
    for (size_t i = 0; i < pass->config->dataset_count; i++) {
        Part part = {.pass = pass,
                     .plan = plan,
                     .feed = feed,
                     .dataset = &pass->config->datasets[i],
                     .listed = &listed,
                     .reasons = reasons};
        if (pass->absences && absences_has(pass->absences, i))
            continue;
        if (!list_or_leave_out(&part, &reasons[i], error))
            return false;
    }
    tell(pass, PASS_PLANNING, listed);
    return feed_end(feed, &fed, error) && plan_end_listing(plan, fed, error);
}

bool pass_list(const Pass *pass, Connection *connection, Plan *plan, PassGaps *out_gaps, Error *error)
{
    AUTO_FREE Error *reasons = memory_alloc_zeroed(pass->config->dataset_count + 1, sizeof *reasons);
    AUTO_FEED feed = feed_open(pass->config, connection, pass->s3);
    return list_datasets(pass, plan, feed, reasons, error) && judge_left_out(pass, reasons, out_gaps, error);
}

bool pass_run(const Pass *pass, Connection *connection, PlanSummary *out_summary, PassGaps *out_gaps, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    AUTO_PLAN plan = NULL;
    if (!plan_open(connection, &plan, error) || !pass_list(pass, connection, plan, out_gaps, error))
        return false;
    log_event(LOG_DEBUG, "pass.listed", LOG_NUMBER("ms", clock_now_ms() - begun_ms));
    return plan_commit(plan, pass->config, out_summary, error);
}
