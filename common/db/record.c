/* SPDX-License-Identifier: Apache-2.0 */
#include "db/record.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/sql.h"

#define NUMBER_SIZE 24

static const char *format_number(char text[NUMBER_SIZE], int64_t number)
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, number);
    return text;
}

bool record_attempt_begun(Connection *connection, const Task *task, const char *worker, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt), worker};
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("attempt_begin"), values, 4, &result, error);
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

bool record_refused(Connection *connection, const Task *task, const char *reason, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), reason};
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("task_refuse"), values, 3, &result, error);
}

bool record_worker_seen(Connection *connection, const char *worker, Error *error)
{
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("worker_seen"), &worker, 1, &result, error);
}

bool record_worker_gone(Connection *connection, const char *worker, Error *error)
{
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("worker_gone"), &worker, 1, &result, error);
}

bool record_loaded(Connection *connection, const Task *task, const LoadCounts *counts, bool *out_is_first, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    char rows[NUMBER_SIZE], rejects[NUMBER_SIZE], unknown[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run),           format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt),   format_number(rows, counts->rows),
                            format_number(rejects, counts->rejects), format_number(unknown, counts->unknown)};
    AUTO_RESULT result = {0};
    if (!connection_execute(connection, sql_statement("task_loaded"), values, 6, &result, error))
        return false;
    *out_is_first = result_number(&result, 0, 0) == 1;
    return true;
}

static bool lock_run(Connection *connection, const char *run, Error *error)
{
    AUTO_RESULT result = {0};
    return connection_execute(connection, sql_statement("run_lock"), &run, 1, &result, error);
}

bool record_split(Connection *connection, const Task *task, const Split *split, int32_t *out_ordinal, Error *error)
{
    const char *statement = sql_statement(split->is_last ? "task_settle" : "task_split");
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], object[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(object, split->version->object), split->state, split->reason};
    AUTO_RESULT result = {0};
    if (!lock_run(connection, run, error) || !connection_execute(connection, statement, values, 5, &result, error))
        return false;
    *out_ordinal = result_row_count(&result) == 1 ? (int32_t)result_number(&result, 0, 0) : 0;
    return true;
}

bool record_scatter(Connection *connection, const Task *task, const char *reason, int32_t *out_ordinals, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), reason};
    AUTO_RESULT result = {0};
    if (!lock_run(connection, run, error) ||
        !connection_execute(connection, sql_statement("task_scatter"), values, 3, &result, error))
        return false;
    bool is_first = result_row_count(&result) == task->version_count;
    for (size_t i = 0; i < task->version_count; i++)
        out_ordinals[i] = is_first ? (int32_t)result_number(&result, i, 0) : 0;
    return true;
}

static bool add_reject(Buffer *rows, const Task *task, const RejectRow *row)
{
    return row_begin(rows, 8) && row_add_bigint(rows, task->run) && row_add_bigint(rows, row->object) &&
           row_add_bigint(rows, row->ordinal) && row_add_bigint(rows, row->line) &&
           row_add_bigint(rows, row->byte_offset) &&
           (row->column ? row_add_text(rows, row->column) : row_add_null(rows)) && row_add_text(rows, row->reason) &&
           row_add_text(rows, row->raw);
}

static bool write_rejects(Connection *connection, Buffer *chunk, Error *error)
{
    bool is_written = copy_write(connection, buffer_slice(chunk), error);
    buffer_clear(chunk);
    return is_written;
}

bool record_rejects(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error)
{
    static const char target[] =
        "copyfleet.rejects (run, object, ordinal, line, byte_offset, column_name, reason, raw)";
    AUTO_BUFFER chunk;
    buffer_init(&chunk, LIMIT_COPY_CHUNK_BYTES + LIMIT_ROW_BYTES);
    if (count == 0)
        return true;
    if (!copy_begin(connection, target, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!add_reject(&chunk, task, &rows[i]))
            error_abort("a reject is longer than its bound");
        if (chunk.length >= LIMIT_COPY_CHUNK_BYTES && !write_rejects(connection, &chunk, error))
            return false;
    }
    int64_t copied;
    return write_rejects(connection, &chunk, error) && copy_end(connection, &copied, error);
}
