/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/sql.h"

/* Versions from which on a plan is large for the ledger's statistics. */
#define ANALYZE_VERSIONS_MIN 1000

struct Plan {
    Connection *connection;
    int64_t last_run;
    int64_t listed;
    int64_t begun_ms;
    bool looks_at_datasets; /* whole, or behind their horizon; not at named keys alone */
};

bool plan_open(Connection *connection, Plan **out_plan, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "plan/begin", NULL, 0, &result, error))
        return error_add_context(error, "beginning the plan");
    Plan *plan = memory_alloc_zeroed(1, sizeof *plan);
    plan->connection = connection;
    plan->begun_ms = clock_now_ms();
    plan->last_run = result_number(&result, 0, 0);
    *out_plan = plan;
    return true;
}

void plan_close(Plan *plan)
{
    if (!plan)
        return;
    connection_roll_back(plan->connection);
    free(plan);
}

bool plan_add_range(Plan *plan, const PlanRange *range, Error *error)
{
    const char *values[] = {range->dataset,
                            range->bucket,
                            range->prefix,
                            range->start_after,
                            range->removes ? "true" : "false",
                            range->is_object ? "true" : "false"};
    plan->looks_at_datasets = plan->looks_at_datasets || !range->is_named;
    AUTO_RESULT result = {0};
    return statement_run(plan->connection, "plan/range", values, 6, &result, error) ||
           error_add_context(error, "beginning the listing");
}

bool plan_forget_ranges(Plan *plan, const char *dataset, Error *error)
{
    AUTO_RESULT result = {0};
    return statement_run(plan->connection, "plan/forget_ranges", &dataset, 1, &result, error);
}

bool plan_end_listing(Plan *plan, int64_t listed, Error *error)
{
    plan->listed = listed;
    return statement_run(plan->connection, "plan/listed", NULL, 0, NULL, error);
}

/* Before the plan's transaction: who may not read how many there are plans for one. */
static bool read_slices(Plan *plan, char out_slices[24], Error *error)
{
    AUTO_RESULT result = {0};
    bool is_read = statement_run(plan->connection, "plan/slices", NULL, 0, &result, error);
    if (!is_read && (error->kind != ERROR_FATAL || !connection_is_open(plan->connection)))
        return false;
    int64_t slices = is_read ? result_number(&result, 0, 0) : 1;
    snprintf(out_slices, 24, "%" PRId64, slices > 0 ? slices : 1);
    return true;
}

/* The versions to plan, packed into tasks, in a temporary table. */
static bool pack_versions(Plan *plan, const Config *config, const char *slices, int64_t *out_count, Error *error)
{
    char last_run[24], bytes_max[24], objects_max[24];
    snprintf(last_run, sizeof last_run, "%" PRId64, plan->last_run);
    snprintf(bytes_max, sizeof bytes_max, "%" PRId64, config->task_bytes_max);
    snprintf(objects_max, sizeof objects_max, "%" PRId64, config->task_objects_max);
    const char *values[] = {last_run, bytes_max, objects_max, slices};
    AUTO_RESULT result = {0};
    if (!statement_run(plan->connection, "plan/pack", values, 4, &result, error))
        return false;
    *out_count = result_number(&result, 0, 0);
    return true;
}

/* The removals join them. */
static bool find_vanished(Plan *plan, PlanSummary *summary, Error *error)
{
    char last_run[24];
    snprintf(last_run, sizeof last_run, "%" PRId64, plan->last_run);
    const char *values[] = {last_run};
    AUTO_RESULT result = {0};
    if (!statement_run(plan->connection, "plan/vanished", values, 1, &result, error))
        return false;
    summary->removed = result_number(&result, 0, 0);
    summary->vanished = result_number(&result, 0, 1);
    return true;
}

bool plan_make_run(Connection *connection, const char *kind, PlanSummary *summary, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "plan/objects", NULL, 0, NULL, error) ||
        !statement_run(connection, "plan/run", &kind, 1, &result, error))
        return false;
    summary->run = result_number(&result, 0, 0);
    summary->tasks = result_number(&result, 0, 1);
    summary->objects = result_number(&result, 0, 2);
    summary->bytes = result_number(&result, 0, 3);
    return true;
}

/* The plan stands, whatever becomes of its statistics: the next statement meets a session that was lost. */
static void refresh_statistics(Plan *plan)
{
    Error ignored;
    if (!statement_run(plan->connection, "plan/analyze", NULL, 0, NULL, &ignored))
        return;
}

/* What a run of this listing is to have; from begin on under the plan lock (plan_lock), or in a snapshot (plan_look).
 */
static bool gather(Plan *plan, const Config *config, const char *begin, PlanSummary *summary, int64_t *out_count,
                   Error *error)
{
    char slices[24];
    *summary = (PlanSummary){.listed = plan->listed};
    return read_slices(plan, slices, error) && statement_run(plan->connection, begin, NULL, 0, NULL, error) &&
           statement_run(plan->connection, "plan/new", NULL, 0, NULL, error) &&
           pack_versions(plan, config, slices, out_count, error) && find_vanished(plan, summary, error);
}

static bool note_looked(Plan *plan, Error *error)
{
    char ago_ms[24];
    snprintf(ago_ms, sizeof ago_ms, "%" PRId64, clock_now_ms() - plan->begun_ms);
    const char *values[] = {ago_ms};
    return !plan->looks_at_datasets || statement_run(plan->connection, "plan/looked", values, 1, NULL, error);
}

bool plan_commit(Plan *plan, const Config *config, PlanSummary *out_summary, Error *error)
{
    PlanSummary summary;
    int64_t count = 0;
    bool is_planned = gather(plan, config, "plan/lock", &summary, &count, error) &&
                      (count + summary.removed == 0 || plan_make_run(plan->connection, "load", &summary, error)) &&
                      note_looked(plan, error) && connection_run(plan->connection, "COMMIT", NULL, error);
    if (!is_planned)
        return error_add_context(error, "planning");
    if (summary.objects >= ANALYZE_VERSIONS_MIN)
        refresh_statistics(plan);
    *out_summary = summary;
    return true;
}

bool plan_preview(Plan *plan, const Config *config, PlanSummary *out_summary, Result *out_parts, Error *error)
{
    PlanSummary summary;
    int64_t count;
    bool is_gathered = gather(plan, config, "plan/look", &summary, &count, error) &&
                       statement_run(plan->connection, "plan/preview", NULL, 0, out_parts, error);
    connection_roll_back(plan->connection);
    if (!is_gathered)
        return error_add_context(error, "planning");
    *out_summary = summary;
    return true;
}
