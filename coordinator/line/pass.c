/* SPDX-License-Identifier: Apache-2.0
 *
 * pass_run() is the life of a pass: open the plan, list, plan. pass_list() is its first half. list_datasets() takes one
 * dataset after the other: it waits for a sign of the bucket, lists the ranges of keys that the reach asks for, tells
 * the plan which ranges they are, and feeds what differs from the ledger into the warehouse (line/sift.h). A dataset
 * that cannot be listed is left out, for a reason that judge_left_out() hands on; only if all of them are left out the
 * pass itself fails. At the end plan_commit() compares the listing with the ledger. If objects would lose their rows by
 * a listing whose parts were listed at the same time, the pass begins again, and lists one page after the other. */
#include "line/pass.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "line/sift.h"
#include "s3/location.h"
#include "s3/refusals.h"
#include "s3/s3.h"
#include "task/partition.h"

#define DAY_S 86400

/* A dataset's part of a pass. */
typedef struct Part {
    const Pass *pass;
    Plan *plan;
    Sift *sift;
    const Dataset *dataset;
    PartitionPattern *pattern;
    const char *bucket;    /* the one that is listed now */
    bool *is_sure;         /* no listing of the pass was parted */
    int64_t *listed;       /* of the whole pass */
    int64_t listed_before; /* the range that is listed now */
    bool keeps_all;        /* what is listed is fed, whether or not it differs */
    const Error *reasons;  /* why the datasets before this one are left out */
} Part;

/* A key that ends in '/' and holds nothing is a folder that somebody made in a console. Some servers list it without a
 * Size. */
static bool is_folder_marker(const ListedObject *object)
{
    size_t length = strlen(object->key);
    return object->size <= 0 && length > 0 && object->key[length - 1] == '/';
}

static void tell(const Pass *pass, PassStep step, int64_t listed)
{
    if (pass->on_step)
        pass->on_step(pass->context, step, listed);
}

/* The object is no data. If an earlier version or configuration loaded it, its rows go, as if it had vanished. */
static bool add_removal(Part *part, const char *key, Error *error)
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

/* FATAL: a later listing has the same entry, unless the object was being written. */
static bool refuse_object(const ListedObject *object, Error *error)
{
    error_set_service(error, object->is_unfinished ? ERROR_RETRY : ERROR_FATAL, SERVICE_S3,
                      "the listing has %s of it%s: write the object again, or check [AWS] ENDPOINT_URL", object->fault,
                      object->is_unfinished ? ", perhaps because it is being written; if that stays so" : "");
    return s3_refusal_name_object(error, object->bucket, object->key);
}

static bool add_object(void *context, const ListedObject *object, Error *error)
{
    Part *part = context;
    if (is_folder_marker(object))
        return true;
    if (location_is_of_config(part->pass->config, object->bucket, object->key))
        return add_removal(part, object->key, error);
    if (object->fault)
        return refuse_object(object, error);
    tell(part->pass, PASS_LISTING, ++*part->listed);
    return sift_add(part->sift, object, error);
}

static void forget_objects(void *context)
{
    Part *part = context;
    *part->listed = part->listed_before;
    sift_again(part->sift);
}

/* Whether the failure is of the dataset: its bucket is away, or a person has to mend something. The warehouse and Kafka
 * are what all datasets need. */
static bool is_of_dataset(const Error *error)
{
    return error->kind != ERROR_INTERRUPTED && error->service != SERVICE_WAREHOUSE && error->service != SERVICE_KAFKA;
}

/* What was listed before the failure may be planned. */
static bool end_half_way(Part *part, Error *error)
{
    Error of_sift;
    if (is_of_dataset(error) && !sift_end(part->sift, false, &of_sift))
        *error = of_sift;
    return false;
}

static bool list_range(Part *part, const char *bucket, const char *prefix, const char *start_after, Error *error)
{
    part->bucket = bucket;
    PlanRange range = {.dataset = part->dataset->name,
                       .bucket = bucket,
                       .prefix = prefix,
                       .start_after = start_after,
                       .removes = part->dataset->on_vanish == ON_VANISH_REMOVE,
                       .is_named = part->pass->reach == PASS_EVENTS};
    const S3Listing listing = {.bucket = bucket,
                               .prefix = prefix,
                               .start_after = start_after,
                               .is_plain = part->pass->is_plain,
                               .each = add_object,
                               .again = forget_objects,
                               .context = part};
    part->listed_before = *part->listed;
    if (!plan_add_range(part->plan, &range, error))
        return false;
    sift_begin(part->sift, &range, part->pattern, part->keeps_all);
    if (!s3_list(part->pass->s3, &listing, error))
        return end_half_way(part, error);
    if (!sift_end(part->sift, true, error))
        return false;
    *part->is_sure = *part->is_sure && !s3_list_was_parted(part->pass->s3);
    if (*part->listed == part->listed_before && part->pass->reach == PASS_FULL && part->pass->emptiness)
        emptiness_add(part->pass->emptiness, part->pass->s3, part->dataset->name, bucket, prefix);
    return true;
}

/* START_AFTER, filled in for the day of the horizon. */
static void make_start_after(const Dataset *dataset, char *out_key, size_t size)
{
    time_t horizon_s = time(NULL) - dataset->horizon_days * DAY_S;
    struct tm day;
    /* If the key is empty or does not fit, strftime returns 0, and everything is listed. */
    if (!gmtime_r(&horizon_s, &day) || strftime(out_key, size, dataset->start_after, &day) == 0)
        *out_key = '\0';
}

static bool list_all(void *context, const char *bucket, const char *prefix, Error *error)
{
    return list_range(context, bucket, prefix, "", error);
}

static bool list_after_horizon(void *context, const char *bucket, const char *prefix, Error *error)
{
    Part *part = context;
    char start_after[LIMIT_KEY_BYTES + 1];
    make_start_after(part->dataset, start_after, sizeof start_after);
    return list_range(part, bucket, prefix, start_after, error);
}

/* An object that a range before these missed may be there by now: then it is fed, so that the plan knows. */
static bool list_named(Part *part, Error *error)
{
    const Events *events = part->pass->events;
    part->keeps_all = true;
    for (size_t i = 0; i < events->count; i++) {
        const EventObject *object = &events->objects[i];
        if (location_covers(part->dataset, object->bucket, object->key) &&
            !list_range(part, object->bucket, object->key, "", error))
            return false;
    }
    return true;
}

/* If the bucket was away for a dataset before this one, it is not asked again. */
static bool await_bucket(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)prefix;
    const Part *part = context;
    for (const Dataset *before = part->pass->config->datasets; before < part->dataset; before++) {
        const Error *reason = &part->reasons[before - part->pass->config->datasets];
        if (!error_is_lasting(reason) && reason->service == SERVICE_S3 && strcmp(reason->name, bucket) == 0) {
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
        return location_visit(part->dataset, list_after_horizon, part, error) && list_named(part, error);
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

/* If the dataset is left out, nothing is known of its ranges: what was listed before the failure may be planned, but
 * nothing has vanished. */
static bool list_or_leave_out(Part *part, Error *out_reason, Error *error)
{
    if (list_dataset(part, error))
        return true;
    if (!is_of_dataset(error))
        return false;
    *out_reason = *error;
    return plan_forget_ranges(part->plan, part->dataset->name, error);
}

/* Higher: this reason can end sooner, by itself or by a person's hand. */
static int rank(const Error *reason)
{
    return reason->kind == ERROR_FATAL ? 0 : reason->kind == ERROR_DENIED ? 1 : 2;
}

/* If all datasets were left out, the pass itself has failed, for the reason that may be over first. Datasets that were
 * absent before count too, since S3 may go away in the middle of a pass; but what lasts is of its dataset alone. */
static bool judge_left_out(const Pass *pass, Error *reasons, PassGaps *out_gaps, Error *error)
{
    size_t count = pass->config->dataset_count, absent = 0;
    const Error *first = NULL;
    PassGaps gaps = {0};
    for (size_t i = 0; i < count; i++) {
        bool is_lasting = error_is_lasting(&reasons[i]);
        absent += pass->absences && absence_has(pass->absences, i);
        if (!*reasons[i].message)
            continue;
        error_add_context(&reasons[i], "dataset %s", pass->config->datasets[i].name);
        gaps.passing += !is_lasting;
        gaps.lasting += is_lasting;
        first = !first || rank(&reasons[i]) > rank(first) ? &reasons[i] : first;
    }
    *out_gaps = gaps;
    if (first && gaps.passing + gaps.lasting + (error_is_lasting(first) ? 0 : absent) == count) {
        *error = *first;
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (*reasons[i].message)
            pass->leave_out(pass->context, &pass->config->datasets[i], &reasons[i]);
    return true;
}

/* reasons has one for each dataset, which stays empty if the dataset was listed. */
static bool list_datasets(const Pass *pass, Plan *plan, Sift *sift, Error *reasons, Error *error)
{
    int64_t listed = 0;
    bool is_sure = true;
    if (pass->emptiness)
        emptiness_clear(pass->emptiness);
    for (size_t i = 0; i < pass->config->dataset_count; i++) {
        Part part = {.pass = pass,
                     .plan = plan,
                     .sift = sift,
                     .dataset = &pass->config->datasets[i],
                     .is_sure = &is_sure,
                     .listed = &listed,
                     .keeps_all = pass->keeps_all,
                     .reasons = reasons};
        tell(pass, PASS_LISTING, listed);
        if (pass->absences && absence_has(pass->absences, i))
            continue;
        if (!list_or_leave_out(&part, &reasons[i], error))
            return false;
    }
    tell(pass, PASS_PLANNING, listed);
    return sift_finish(sift, error) && plan_end_listing(plan, listed, is_sure, error);
}

static void log_listed(int64_t begun_ms, SiftCounts counts)
{
    log_event(LOG_DEBUG, "pass.listed", LOG_NUMBER("ms", clock_now_ms() - begun_ms), LOG_NUMBER("sift_ms", counts.ms),
              LOG_NUMBER("differ", counts.differ), LOG_NUMBER("absent", counts.absent));
}

bool pass_list(const Pass *pass, Connection *connection, Plan *plan, PassGaps *out_gaps, Error *error)
{
    AUTO_FREE Error *reasons = memory_alloc_zeroed(pass->config->dataset_count + 1, sizeof *reasons);
    AUTO_SIFT sift = sift_open(connection, plan, pass->config, pass->s3);
    int64_t begun_ms = clock_now_ms();
    if (!list_datasets(pass, plan, sift, reasons, error))
        return false;
    log_listed(begun_ms, sift_counts(sift));
    return judge_left_out(pass, reasons, out_gaps, error);
}

static bool run_once(const Pass *pass, Connection *connection, PlanSummary *out_summary, PassGaps *out_gaps,
                     Error *error)
{
    AUTO_PLAN plan = NULL;
    return plan_open(connection, &plan, error) && pass_list(pass, connection, plan, out_gaps, error) &&
           plan_commit(plan, &pass->config->fleet, out_summary, error);
}

bool pass_run(const Pass *pass, Connection *connection, PlanSummary *out_summary, PassGaps *out_gaps, Error *error)
{
    if (!run_once(pass, connection, out_summary, out_gaps, error))
        return false;
    Pass again = *pass;
    again.is_plain = true;
    return !out_summary->is_doubtful || run_once(&again, connection, out_summary, out_gaps, error);
}
