/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/pass.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/s3.h"
#include "base/limits.h"
#include "base/memory.h"
#include "task/partition.h"

#define DAY_S 86400

/* A dataset's part of a pass, on its way into the plan. */
typedef struct Part {
    Coordinator *coordinator;
    Plan *plan;
    const Dataset *dataset;
    PartitionPattern *pattern;
    const char *bucket; /* that is listed now */
} Part;

/* A key that ends in '/' and holds nothing is a folder that somebody made in a console. */
static bool is_folder_marker(const S3Entry *entry)
{
    size_t length = strlen(entry->key);
    return entry->size == 0 && length > 0 && entry->key[length - 1] == '/';
}

static bool add_entry(void *context, const S3Entry *entry, Error *error)
{
    Part *part = context;
    if (is_folder_marker(entry))
        return true;
    PlanEntry planned = {.dataset = part->dataset->name,
                         .bucket = part->bucket,
                         .key = entry->key,
                         .etag = entry->etag,
                         .modified = entry->modified,
                         .partition = partition_of_key(part->pattern, entry->key),
                         .size = entry->size};
    return plan_add(part->plan, &planned, error);
}

static bool list_range(Part *part, const char *bucket, const char *prefix, const char *start_after, Error *error)
{
    part->bucket = bucket;
    PlanRange range = {.dataset = part->dataset->name,
                       .bucket = bucket,
                       .prefix = prefix,
                       .start_after = start_after,
                       .removes = strcmp(part->dataset->on_vanish, "remove") == 0};
    return plan_add_range(part->plan, &range, error) &&
           s3_list(part->coordinator->s3, bucket, prefix, start_after, add_entry, part, error);
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

typedef bool LocationFunction(void *context, const char *bucket, const char *prefix, Error *error);

/* Calls each for every s3:// URL of LOCATION. */
static bool visit_locations(const Dataset *dataset, LocationFunction *each, void *context, Error *error)
{
    AUTO_FREE char *locations = memory_copy_text(dataset->location);
    char *rest = NULL;
    for (char *location = strtok_r(locations, " \t", &rest); location; location = strtok_r(NULL, " \t", &rest)) {
        Slice bucket, prefix;
        if (!s3_url_parse(location, &bucket, &prefix, error))
            return false;
        AUTO_FREE char *bucket_text = memory_copy_slice(bucket);
        AUTO_FREE char *prefix_text = memory_copy_slice(prefix);
        if (!each(context, bucket_text, prefix_text, error))
            return false;
    }
    return true;
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

static bool list_dataset(Part *part, PassReach reach, Error *error)
{
    AUTO_PARTITION_PATTERN pattern = NULL;
    if (!partition_pattern_open(part->dataset->partition, &pattern, error))
        return false;
    part->pattern = pattern;
    return visit_locations(part->dataset, reach == PASS_FULL ? list_all : list_behind_horizon, part, error);
}

bool pass_datasets(Coordinator *coordinator, PassReach reach, PlanSummary *out_summary, Error *error)
{
    const Config *config = coordinator->config;
    AUTO_PLAN plan = NULL;
    if (!plan_open(coordinator->connection, &plan, error))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++) {
        Part part = {.coordinator = coordinator, .plan = plan, .dataset = &config->datasets[i]};
        if (!list_dataset(&part, reach, error))
            return error_add_context(error, "dataset %s", config->datasets[i].name);
    }
    return plan_commit(plan, config, out_summary, error);
}

/* An object and whether a location covers it. */
typedef struct Cover {
    const char *bucket;
    const char *key;
    bool is_covered;
} Cover;

static bool check_cover(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)error;
    Cover *cover = context;
    cover->is_covered =
        cover->is_covered || (strcmp(bucket, cover->bucket) == 0 && strncmp(cover->key, prefix, strlen(prefix)) == 0);
    return true;
}

static bool dataset_covers(const Dataset *dataset, const char *bucket, const char *key)
{
    Cover cover = {.bucket = bucket, .key = key};
    Error ignored;
    return visit_locations(dataset, check_cover, &cover, &ignored) && cover.is_covered;
}

bool pass_covers(const Config *config, const char *bucket, const char *key)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        if (dataset_covers(&config->datasets[i], bucket, key))
            return true;
    return false;
}

static bool list_objects(Part *part, const PassObject *objects, size_t count, Error *error)
{
    AUTO_PARTITION_PATTERN pattern = NULL;
    if (!partition_pattern_open(part->dataset->partition, &pattern, error))
        return false;
    part->pattern = pattern;
    for (size_t i = 0; i < count; i++)
        if (dataset_covers(part->dataset, objects[i].bucket, objects[i].key) &&
            !list_range(part, objects[i].bucket, objects[i].key, "", error))
            return false;
    return true;
}

bool pass_objects(Coordinator *coordinator, const PassObject *objects, size_t count, PlanSummary *out_summary,
                  Error *error)
{
    const Config *config = coordinator->config;
    AUTO_PLAN plan = NULL;
    if (!plan_open(coordinator->connection, &plan, error))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++) {
        Part part = {.coordinator = coordinator, .plan = plan, .dataset = &config->datasets[i]};
        if (!list_objects(&part, objects, count, error))
            return error_add_context(error, "dataset %s", config->datasets[i].name);
    }
    return plan_commit(plan, config, out_summary, error);
}
