/* SPDX-License-Identifier: Apache-2.0 */
#include "db/record.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/sql.h"

#define NUMBER_SIZE 24

static const char *format_number(char text[NUMBER_SIZE], int64_t number)
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, number);
    return text;
}

bool record_attempt_begun(Connection *connection, Task *task, const char *worker, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), worker};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql_statement("attempt_begin"), values, 3, &result, error))
        return false;
    task->attempt = (int32_t)result_number(&result, 0, 0);
    return true;
}

bool record_attempt_ended(Connection *connection, const Task *task, const char *outcome, const char *reason,
                          Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt), outcome, reason};
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("attempt_end"), values, 5, &result, error);
}

bool record_loaded(Connection *connection, const Task *task, int64_t rows, int64_t rejects, bool *out_is_first,
                   Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE], row_text[NUMBER_SIZE], reject_text[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt), format_number(row_text, rows),
                            format_number(reject_text, rejects)};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql_statement("task_loaded"), values, 5, &result, error))
        return false;
    *out_is_first = result_number(&result, 0, 0) == 1;
    return true;
}

static bool lock_run(Connection *connection, const char *run, Error *error)
{
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("run_lock"), &run, 1, &result, error);
}

bool record_split(Connection *connection, const Task *task, const Split *split, bool *out_is_first, Error *error)
{
    const char *statement = sql_statement(split->is_last ? "task_settle" : "task_split");
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], object[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(object, split->version->object), split->state, split->reason};
    AUTO_RESULT result = {0};
    if (!lock_run(connection, run, error) || !connection_execute(connection, statement, values, 5, &result, error))
        return false;
    *out_is_first = result_row_count(&result) == 1;
    return true;
}

bool record_scatter(Connection *connection, const Task *task, const char *reason, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), reason};
    AUTO_RESULT result = {0};
    return lock_run(connection, run, error) &&
           connection_execute(connection, sql_statement("task_scatter"), values, 3, &result, error);
}

static bool record_reject(Connection *connection, const Task *task, const RejectRow *row, Error *error)
{
    char run[NUMBER_SIZE], object[NUMBER_SIZE], ordinal[NUMBER_SIZE], line[NUMBER_SIZE], byte_offset[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run),
                            format_number(object, row->object),
                            format_number(ordinal, row->ordinal),
                            format_number(line, row->line),
                            format_number(byte_offset, row->byte_offset),
                            row->column,
                            row->reason,
                            row->raw};
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("reject_add"), values, 8, &result, error);
}

bool record_rejects(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!record_reject(connection, task, &rows[i], error))
            return false;
    return true;
}
