/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/rows.h"
#include "db/statement.h"
#include "db/transaction.h"

/* A plan with this many versions refreshes the ledger's statistics. */
#define ANALYZE_VERSIONS_MIN 1000

#define UNLISTED (-1)

struct Plan {
    Connection *connection;
    int64_t last_run;
    int64_t listed; /* objects; UNLISTED: the listing has not ended */
    int64_t begun_ms;
    bool is_sure;           /* what the listing does not have has vanished */
    bool looks_at_datasets; /* whole, or after their horizon; not at named keys alone */
};

bool plan_open(Connection *connection, Plan **out_plan, Error *error)
{
    assert(!connection_is_in_transaction(connection));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "plan/begin", NO_VALUES, &result, error))
        return error_add_context(error, "beginning the plan");
    Plan *plan = memory_alloc_zeroed(1, sizeof *plan);
    plan->connection = connection;
    plan->begun_ms = clock_now_ms();
    plan->listed = UNLISTED;
    plan->last_run = result_only_number(&result);
    *out_plan = plan;
    return true;
}

void plan_close(Plan *plan)
{
    free(plan);
}

bool plan_add_range(Plan *plan, const PlanRange *range, Error *error)
{
    assert(plan->listed == UNLISTED && !connection_is_in_transaction(plan->connection));
    const Values values = VALUES(TEXT_VALUE(range->dataset), TEXT_VALUE(range->bucket), TEXT_VALUE(range->prefix),
                                 TEXT_VALUE(range->start_after), TEXT_VALUE(range->removes ? "true" : "false"),
                                 TEXT_VALUE(range->is_object ? "true" : "false"));
    plan->looks_at_datasets = plan->looks_at_datasets || !range->is_named;
    return statement_run(plan->connection, "plan/range", values, NULL, error) ||
           error_add_context(error, "beginning the listing");
}

bool plan_add_absent(Plan *plan, const int64_t *objects, size_t count, Error *error)
{
    AUTO_TRANSACTION transaction = {0};
    if (!transaction_begin(&transaction, plan->connection, TRANSACTION_PLAIN, error))
        return false;
    AUTO_ROWS rows;
    rows_init(&rows, plan->connection, "plan/absent", 1, 0);
    for (size_t i = 0; i < count; i++) {
        rows_add_bigint(&rows, objects[i]);
        if (!rows_end_row(&rows, error))
            return false;
    }
    return rows_end(&rows, error) && transaction_commit(&transaction, error);
}

bool plan_forget_ranges(Plan *plan, const char *dataset, Error *error)
{
    assert(!connection_is_in_transaction(plan->connection));
    return statement_run(plan->connection, "plan/forget_ranges", VALUES(TEXT_VALUE(dataset)), NULL, error);
}

bool plan_end_listing(Plan *plan, int64_t listed, bool is_sure, Error *error)
{
    assert(plan->listed == UNLISTED && listed >= 0 && !connection_is_in_transaction(plan->connection));
    plan->listed = listed;
    plan->is_sure = is_sure;
    return statement_run(plan->connection, "plan/listed", NO_VALUES, NULL, error);
}

/* If this role may not read the number of slices, one is assumed. Read before the transaction, since the failure would
 * end it. */
static bool read_slices(Plan *plan, int64_t *out_slices, Error *error)
{
    AUTO_RESULT result = {0};
    bool is_read = statement_run(plan->connection, "plan/slices", NO_VALUES, &result, error);
    if (!is_read && (error->kind != ERROR_FATAL || !connection_is_open(plan->connection)))
        return false;
    int64_t slices = is_read ? result_only_number(&result) : 1;
    *out_slices = slices > 0 ? slices : 1;
    return true;
}

/* The versions to plan, packed into tasks, in a temporary table. */
static bool pack_versions(Plan *plan, const FleetConfig *config, int64_t slices, Error *error)
{
    const Values values = VALUES(NUMBER_VALUE(plan->last_run), NUMBER_VALUE(config->task_bytes_max),
                                 NUMBER_VALUE(config->task_objects_max), NUMBER_VALUE(slices));
    return statement_run(plan->connection, "plan/pack", values, NULL, error);
}

/* The removals join them. */
static bool find_vanished(Plan *plan, PlanSummary *summary, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(plan->connection, "plan/vanished", VALUES(NUMBER_VALUE(plan->last_run)), &result, error))
        return false;
    ResultRow row = result_row(&result, 0);
    summary->removed = result_next_number(&row);
    summary->vanished = result_next_number(&row);
    result_row_end(&row);
    return true;
}

bool plan_begin_locked(Transaction *transaction, Connection *connection, Error *error)
{
    return transaction_begin(transaction, connection, TRANSACTION_COMMITTED, error) &&
           statement_run(connection, "plan/lock", NO_VALUES, NULL, error);
}

bool plan_has_new(Connection *connection, bool *out_has, Error *error)
{
    assert(!connection_is_idle(connection));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "plan/has_new", NO_VALUES, &result, error))
        return false;
    *out_has = result_only_bool(&result);
    return true;
}

bool plan_make_run(Connection *connection, const char *kind, PlanSummary *summary, Error *error)
{
    assert(!connection_is_idle(connection));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "plan/objects", NO_VALUES, NULL, error) ||
        !statement_run(connection, "plan/run", VALUES(TEXT_VALUE(kind)), &result, error))
        return false;
    ResultRow row = result_row(&result, 0);
    summary->run = result_next_number(&row);
    summary->tasks = result_next_number(&row);
    summary->objects = result_next_number(&row);
    summary->bytes = result_next_number(&row);
    result_row_end(&row);
    return true;
}

/* The plan stands, whatever becomes of its statistics: the next statement meets a session that was lost. */
static void refresh_statistics(Plan *plan)
{
    Error ignored;
    if (!statement_run(plan->connection, "plan/analyze", NO_VALUES, NULL, &ignored))
        return;
}

/* What a run of this listing is to have. */
static bool gather(Plan *plan, const FleetConfig *config, int64_t slices, PlanSummary *summary, Error *error)
{
    assert(plan->listed != UNLISTED && !connection_is_idle(plan->connection));
    *summary = (PlanSummary){.listed = plan->listed};
    return statement_run(plan->connection, "plan/new", NO_VALUES, NULL, error) &&
           pack_versions(plan, config, slices, error) && find_vanished(plan, summary, error);
}

static bool note_looked(Plan *plan, Error *error)
{
    const Values ago_ms = VALUES(NUMBER_VALUE(clock_now_ms() - plan->begun_ms));
    return !plan->looks_at_datasets || statement_run(plan->connection, "plan/looked", ago_ms, NULL, error);
}

/* Plans what was gathered; nothing if that is doubtful. */
static bool settle(Plan *plan, PlanSummary *summary, Transaction *transaction, Error *error)
{
    bool has_new = false;
    summary->is_doubtful = summary->removed > 0 && !plan->is_sure;
    if (summary->is_doubtful)
        return true;
    return plan_has_new(plan->connection, &has_new, error) &&
           (!has_new || plan_make_run(plan->connection, "load", summary, error)) && note_looked(plan, error) &&
           transaction_commit(transaction, error);
}

bool plan_commit(Plan *plan, const FleetConfig *config, PlanSummary *out_summary, Error *error)
{
    PlanSummary summary;
    int64_t slices;
    AUTO_TRANSACTION transaction = {0};
    bool is_planned = read_slices(plan, &slices, error) && plan_begin_locked(&transaction, plan->connection, error) &&
                      gather(plan, config, slices, &summary, error) && settle(plan, &summary, &transaction, error);
    if (!is_planned)
        return error_add_context(error, "planning");
    if (summary.objects >= ANALYZE_VERSIONS_MIN)
        refresh_statistics(plan);
    *out_summary = summary;
    return true;
}

bool plan_preview(Plan *plan, const FleetConfig *config, PlanSummary *out_summary, Result *out_parts, Error *error)
{
    PlanSummary summary;
    int64_t slices;
    AUTO_TRANSACTION transaction = {0}; /* one snapshot, and no lock, so that nobody waits for it; it is given up */
    bool is_gathered = read_slices(plan, &slices, error) &&
                       transaction_begin(&transaction, plan->connection, TRANSACTION_SNAPSHOT, error) &&
                       gather(plan, config, slices, &summary, error) &&
                       statement_run(plan->connection, "plan/preview", NO_VALUES, out_parts, error);
    if (!is_gathered)
        return error_add_context(error, "planning");
    *out_summary = summary;
    return true;
}
