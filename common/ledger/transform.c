/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/transform.h"

#include "base/clock.h"
#include "db/sql.h"

static void take_runs(const Result *runs, TransformSummary *summary)
{
    size_t count = result_row_count(runs);
    if (count == 0)
        return;
    summary->runs = (int64_t)count;
    summary->first_run = result_number(runs, 0, 0);
    summary->last_run = result_number(runs, count - 1, 0);
}

/* One at a time: whoever holds a lock that the beginning needs goes first. */
static bool begin(Connection *connection, TransformSummary *summary, Error *error)
{
    AUTO_RESULT result = {0};
    if (statement_run(connection, "transform/lock", NULL, 0, NULL, error) &&
        statement_run(connection, "transform/settings", NULL, 0, NULL, error) &&
        statement_run(connection, "transform/begin", NULL, 0, &result, error))
        take_runs(&result, summary);
    else if (connection_is_open(connection) && connection_was_locked_out(connection))
        summary->is_busy = true;
    else
        return error_add_context(error, "beginning the transform");
    return true;
}

/* Each file finds the session that the first one found. */
static bool run_file(Connection *connection, const SqlFile *file, Error *error)
{
    AUTO_RESULT holds = {0};
    if (!sql_file_run(connection, file, error) ||
        !statement_run(connection, "transform/settings", NULL, 0, &holds, error))
        return false;
    return result_bool(&holds, 0, 0) ||
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

/* What it fails at for good is REJECT: the session and the ledger are well, and all else may go on. */
static bool finish(Connection *connection, const SqlSet *set, Error *error)
{
    bool is_finished = run_files(connection, set, error) &&
                       statement_run(connection, "transform/end", NULL, 0, NULL, error) &&
                       connection_run(connection, "COMMIT", NULL, error);
    if (!is_finished && error->kind == ERROR_FATAL)
        error->kind = ERROR_REJECT;
    return is_finished;
}

static void record_failure(Connection *connection, const Error *why)
{
    const char *values[] = {why->message};
    Error ignored;
    if (!statement_run(connection, "transform/failed", values, 1, NULL, &ignored))
        return; /* the next failure says it again */
}

static bool run_transform(Connection *connection, const SqlSet *set, TransformSummary *summary, Error *error)
{
    return begin(connection, summary, error) && (summary->runs == 0 || finish(connection, set, error));
}

bool transform_run(Connection *connection, const Config *config, TransformSummary *out_summary, Error *error)
{
    AUTO_SQL_SET set = {0};
    if (!sql_set_load(config, "transform", &set, error))
        return false;
    TransformSummary summary = {0};
    int64_t begun_ms = clock_now_ms();
    bool is_done = run_transform(connection, &set, &summary, error);
    connection_roll_back(connection);
    if (!is_done && (error->kind == ERROR_REJECT || connection_was_locked_out(connection)))
        record_failure(connection, error);
    summary.ms = clock_now_ms() - begun_ms;
    if (is_done)
        *out_summary = summary;
    return is_done;
}
