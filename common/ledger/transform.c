/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/transform.h"

#include <assert.h>

#include "base/clock.h"
#include "db/sql.h"
#include "db/statement.h"
#include "db/transaction.h"

static int64_t read_run(const Result *runs, size_t i)
{
    ResultRow row = result_row(runs, i);
    int64_t run = result_next_number(&row);
    result_row_end(&row);
    return run;
}

static void take_runs(const Result *runs, TransformSummary *summary)
{
    size_t count = result_row_count(runs);
    if (count == 0)
        return;
    summary->runs = (int64_t)count;
    summary->first_run = read_run(runs, 0);
    summary->last_run = read_run(runs, count - 1);
}

/* One transform at a time: if another session has a lock that the beginning needs, is_busy. */
static bool begin(Transaction *transaction, Connection *connection, TransformSummary *summary, Error *error)
{
    AUTO_RESULT result = {0};
    if (transaction_begin(transaction, connection, TRANSACTION_SNAPSHOT, error) &&
        statement_run(connection, "transform/lock", NO_VALUES, NULL, error) &&
        statement_run(connection, "transform/settings", NO_VALUES, NULL, error) &&
        statement_run(connection, "transform/begin", NO_VALUES, &result, error))
        take_runs(&result, summary);
    else if (connection_is_open(connection) && connection_was_locked_out(connection))
        summary->is_busy = true;
    else
        return error_add_context(error, "beginning the transform");
    return true;
}

/* Each file finds the session that the first one found, and all indexes. */
static bool run_file(Connection *connection, const SqlFile *file, Error *error)
{
    assert(!connection_is_idle(connection));
    AUTO_RESULT holds = {0};
    if (!sql_file_run(connection, file, error))
        return false;
    if (!statement_run(connection, "transform/settings", NO_VALUES, &holds, error))
        return error_add_context(error, "the end of %s", file->path);
    return result_only_bool(&holds) ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "%s: the tables that the transform began with are gone: it must not drop completed_runs",
                             file->path);
}

static bool run_files(Connection *connection, const SqlSet *set, Error *error)
{
    for (size_t i = 0; i < set->count; i++)
        if (!run_file(connection, &set->files[i], error))
            return false;
    return true;
}

/* A lasting failure becomes REJECT, because only the transform is at fault: the session and the ledger are well, and
 * all else may go on. */
static bool finish(Transaction *transaction, Connection *connection, const SqlSet *set, Error *error)
{
    bool is_finished = run_files(connection, set, error) &&
                       statement_run(connection, "transform/end", NO_VALUES, NULL, error) &&
                       transaction_commit(transaction, error);
    if (!is_finished && error_is_lasting(error))
        error->kind = ERROR_REJECT;
    return is_finished;
}

static void record_failure(Connection *connection, const Error *why)
{
    Error ignored;
    if (!transaction_run_statement(connection, "transform/failed", VALUES(TEXT_VALUE(why->message)), NULL, &ignored))
        return; /* the next failure says it again */
}

static bool run_transform(Connection *connection, const SqlSet *set, TransformSummary *summary, Error *error)
{
    AUTO_TRANSACTION transaction = {0};
    return begin(&transaction, connection, summary, error) &&
           (summary->runs == 0 || finish(&transaction, connection, set, error));
}

bool transform_run(Connection *connection, const WarehouseConfig *config, TransformSummary *out_summary, Error *error)
{
    AUTO_SQL_SET set = {0};
    if (!sql_set_load(config, "transform", &set, error))
        return false;
    TransformSummary summary = {0};
    int64_t begun_ms = clock_now_ms();
    bool is_done = run_transform(connection, &set, &summary, error);
    if (!is_done && (error->kind == ERROR_REJECT || connection_was_locked_out(connection)))
        record_failure(connection, error);
    summary.ms = clock_now_ms() - begun_ms;
    if (is_done)
        *out_summary = summary;
    return is_done;
}
