/* SPDX-License-Identifier: Apache-2.0 */
#include "db/dispatch.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/sql.h"

bool dispatch_due(Connection *connection, const Config *config, int64_t limit, DispatchFunction *each, void *context,
                  int64_t *out_count, Error *error)
{
    char repeat_ms[24], repeat_ms_max[24], limit_text[24];
    snprintf(repeat_ms, sizeof repeat_ms, "%" PRId64, config->dispatch_repeat_ms);
    snprintf(repeat_ms_max, sizeof repeat_ms_max, "%" PRId64, config->dispatch_repeat_ms_max);
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    const char *values[] = {repeat_ms, repeat_ms_max, limit_text};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql_statement("dispatch_due"), values, 3, &result, error))
        return error_add_context(error, "reading the tasks to publish");
    for (size_t row = 0; row < result_row_count(&result); row++)
        if (!each(context, result_number(&result, row, 0), (int32_t)result_number(&result, row, 1), error))
            return false;
    *out_count = (int64_t)result_row_count(&result);
    return true;
}

bool dispatch_hasten(Connection *connection, Error *error)
{
    return connection_run(connection, sql_statement("dispatch_hasten"), NULL, error) ||
           error_add_context(error, "publishing again what waits");
}

bool dispatch_sweep(Connection *connection, const Config *config, int64_t *out_ended, Error *error)
{
    char stall_ms[24];
    snprintf(stall_ms, sizeof stall_ms, "%" PRId64, config->stall_s * 1000);
    const char *values[] = {stall_ms};
    AUTO_RESULT stalled = {0};
    *out_ended = 0;
    bool is_swept = connection_run(connection, sql_statement("sweep_begin"), NULL, error) &&
                    connection_execute(connection, sql_statement("sweep_stalled"), values, 1, &stalled, error) &&
                    connection_run(connection, sql_statement("sweep_crashed"), NULL, error) &&
                    connection_run(connection, "COMMIT", NULL, error);
    if (is_swept)
        *out_ended = result_number(&stalled, 0, 0);
    bool is_later = !is_swept && connection_is_open(connection) && connection_was_locked_out(connection);
    connection_roll_back(connection);
    return is_swept || is_later || error_add_context(error, "looking for dead workers");
}

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error)
{
    AUTO_RESULT result = {0};
    if (!connection_run(connection, sql_statement("dispatch_look"), &result, error))
        return error_add_context(error, "looking how the runs stand");
    *out_standing = (Standing){.runs_complete = result_number(&result, 0, 0),
                               .tasks_failed = result_number(&result, 0, 1),
                               .tasks_refused = result_number(&result, 0, 2)};
    return true;
}

bool dispatch_read_progress(Connection *connection, int64_t first_run, Progress *out_progress, Error *error)
{
    char run[24];
    snprintf(run, sizeof run, "%" PRId64, first_run);
    const char *values[] = {run};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql_statement("progress"), values, 1, &result, error))
        return error_add_context(error, "reading the progress");
    int64_t *const fields[] = {
        &out_progress->runs,           &out_progress->tasks,         &out_progress->tasks_planned,
        &out_progress->tasks_failed,   &out_progress->tasks_refused, &out_progress->objects,
        &out_progress->objects_loaded, &out_progress->bytes,         &out_progress->bytes_loaded,
        &out_progress->rows,           &out_progress->rejects,       &out_progress->claimed,
        &out_progress->runs_complete,  &out_progress->attempts};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        *fields[i] = result_number(&result, 0, i);
    return true;
}
