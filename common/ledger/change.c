/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/sql.h"
#include "ledger/plan.h"

typedef struct Selection {
    const char *statement;
    size_t value_count;
} Selection;

static const Selection selections[] = {
    [SELECT_OBJECT] = {"change/select_object", 2}, [SELECT_RUN] = {"change/select_run", 1},
    [SELECT_TASK] = {"change/select_task", 2},     [SELECT_PARTITION] = {"change/select_partition", 2},
    [SELECT_FAILED] = {"change/select_failed", 0},
};

typedef struct Action {
    const char *name;
    const char *statement;
    bool changes_tasks; /* where they stand: their runs are locked */
} Action;

static const Action actions[] = {
    [CHANGE_RETRY] = {"retry", "change/retry", true},
    [CHANGE_SKIP] = {"skip", "change/skip", true},
    [CHANGE_UNDO] = {"undo", "change/undo", false},
    [CHANGE_RELOAD] = {"reload", "change/reload", false},
};

bool change_begin(Connection *connection, Error *error)
{
    return statement_run(connection, "plan/lock", NULL, 0, NULL, error) &&
           statement_run(connection, "plan/new", NULL, 0, NULL, error) &&
           statement_run(connection, "change/begin", NULL, 0, NULL, error);
}

bool change_select(Connection *connection, ChangeSelection selection, const char *const *values, int64_t *out_matched,
                   Error *error)
{
    const Selection *chosen = &selections[selection];
    AUTO_RESULT result = {0};
    if (!statement_run(connection, chosen->statement, values, chosen->value_count, &result, error))
        return error_add_context(error, "selecting");
    *out_matched = result_number(&result, 0, 0);
    return true;
}

bool change_apply(Connection *connection, ChangeAction action, ChangeSummary *out_summary, Error *error)
{
    const Action *chosen = &actions[action];
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "change/analyze", NULL, 0, NULL, error) ||
        (chosen->changes_tasks && !statement_run(connection, "change/lock", NULL, 0, NULL, error)) ||
        !statement_run(connection, chosen->statement, NULL, 0, &result, error))
        return false;
    *out_summary = (ChangeSummary){.objects = result_number(&result, 0, 0),
                                   .tasks = result_number(&result, 0, 1),
                                   .left_partial = result_number(&result, 0, 2),
                                   .left_unfinished = result_number(&result, 0, 3),
                                   .left_waiting = result_number(&result, 0, 4),
                                   .left_empty = result_number(&result, 0, 5),
                                   .left_superseded = result_number(&result, 0, 6),
                                   .left_skipped = result_number(&result, 0, 7)};
    return true;
}

static bool has_new_versions(Connection *connection, bool *out_has, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "change/has_new", NULL, 0, &result, error))
        return false;
    *out_has = result_bool(&result, 0, 0);
    return true;
}

static bool count_rowless(Connection *connection, int64_t run, int64_t *out_rowless, Error *error)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, run);
    const char *values[] = {number};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "change/rowless", values, 1, &result, error))
        return false;
    *out_rowless = result_number(&result, 0, 0);
    return true;
}

bool change_commit(Connection *connection, ChangeAction action, ChangeSummary *summary, Error *error)
{
    bool has_new = false;
    PlanSummary plan = {0};
    if (!has_new_versions(connection, &has_new, error) ||
        (has_new && !plan_make_run(connection, actions[action].name, &plan, error)) ||
        (action == CHANGE_UNDO && !count_rowless(connection, plan.run, &summary->rowless, error)) ||
        !connection_run(connection, "COMMIT", NULL, error))
        return false;
    summary->run = plan.run;
    return true;
}

static bool count_rows(Connection *connection, const Dataset *dataset, int64_t *rows, Error *error)
{
    AUTO_FREE char *sql = statement_on(connection, "change/rows", dataset->table);
    const char *values[] = {dataset->name};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql, values, 1, &result, error))
        return error_add_context(error, "counting the rows of dataset %s", dataset->name);
    *rows += result_number(&result, 0, 0);
    return true;
}

bool change_preview(Connection *connection, const Config *config, int64_t *out_rows, Error *error)
{
    int64_t rows = 0;
    if (!statement_run(connection, "change/preview", NULL, 0, NULL, error))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++)
        if (!count_rows(connection, &config->datasets[i], &rows, error))
            return false;
    *out_rows = rows;
    return true;
}
