/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/change.h"

#include <assert.h>
#include <stdlib.h>

#include "db/statement.h"
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
    bool changes_tasks; /* their own state, not only new tasks: their runs are locked */
} Action;

static const Action actions[] = {
    [CHANGE_RETRY] = {"retry", "change/retry", true},
    [CHANGE_SKIP] = {"skip", "change/skip", true},
    [CHANGE_UNDO] = {"undo", "change/undo", false},
    [CHANGE_RELOAD] = {"reload", "change/reload", false},
};

bool change_begin(Transaction *transaction, Connection *connection, Error *error)
{
    return plan_begin_locked(transaction, connection, error) &&
           statement_run(connection, "plan/new", NO_VALUES, NULL, error) &&
           statement_run(connection, "change/begin", NO_VALUES, NULL, error);
}

bool change_select(Connection *connection, ChangeSelection selection, const char *const *texts, int64_t *out_matched,
                   Error *error)
{
    assert(!connection_is_idle(connection));
    const Selection *chosen = &selections[selection];
    StatementValue values[VALUES_MAX];
    for (size_t i = 0; i < chosen->value_count; i++)
        values[i] = TEXT_VALUE(texts[i]);
    AUTO_RESULT result = {0};
    if (!statement_run(connection, chosen->statement, (Values){values, chosen->value_count}, &result, error))
        return error_add_context(error, "selecting");
    *out_matched = result_only_number(&result);
    return true;
}

bool change_apply(Connection *connection, ChangeAction action, ChangeSummary *out_summary, Error *error)
{
    assert(!connection_is_idle(connection));
    const Action *chosen = &actions[action];
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "change/analyze", NO_VALUES, NULL, error) ||
        (chosen->changes_tasks && !statement_run_if_any(connection, "change/lock", NO_VALUES, NULL, error)) ||
        !statement_run(connection, chosen->statement, NO_VALUES, &result, error))
        return false;
    ResultRow row = result_row(&result, 0);
    *out_summary = (ChangeSummary){0};
    out_summary->objects = result_next_number(&row);
    out_summary->tasks = result_next_number(&row);
    out_summary->left_partial = result_next_number(&row);
    out_summary->left_unfinished = result_next_number(&row);
    out_summary->left_waiting = result_next_number(&row);
    out_summary->left_empty = result_next_number(&row);
    out_summary->left_superseded = result_next_number(&row);
    out_summary->left_skipped = result_next_number(&row);
    result_row_end(&row);
    return true;
}

static bool count_rowless(Connection *connection, int64_t run, int64_t *out_rowless, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "change/rowless", VALUES(NUMBER_VALUE(run)), &result, error))
        return false;
    *out_rowless = result_only_number(&result);
    return true;
}

bool change_commit(Transaction *transaction, ChangeAction action, ChangeSummary *summary, Error *error)
{
    Connection *connection = transaction->connection;
    assert(connection);
    bool has_new = false;
    PlanSummary plan = {0};
    if (!plan_has_new(connection, &has_new, error) ||
        (has_new && !plan_make_run(connection, actions[action].name, &plan, error)) ||
        (action == CHANGE_UNDO && !count_rowless(connection, plan.run, &summary->rowless, error)) ||
        !transaction_commit(transaction, error))
        return false;
    summary->run = plan.run;
    return true;
}

static bool count_rows(Connection *connection, const Dataset *dataset, int64_t *rows, Error *error)
{
    AUTO_FREE char *sql = statement_on(connection, "change/rows", dataset->table);
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql, VALUES(TEXT_VALUE(dataset->name)), &result, error))
        return error_add_context(error, "counting the rows of dataset %s", dataset->name);
    *rows += result_only_number(&result);
    return true;
}

bool change_preview(Transaction *transaction, const Config *config, int64_t *out_rows, Error *error)
{
    Connection *connection = transaction->connection;
    assert(connection);
    int64_t rows = 0;
    if (!statement_run(connection, "change/preview", NO_VALUES, NULL, error) || !transaction_commit(transaction, error))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++)
        if (!count_rows(connection, &config->datasets[i], &rows, error))
            return false;
    *out_rows = rows;
    return true;
}
