/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"
#include "db/sql.h"

#define NUMBER_SIZE 24
#define NUMBERS_BYTES_MAX (64 * MIB)

static const char *format_number(char text[NUMBER_SIZE], int64_t number)
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, number);
    return text;
}

bool record_attempt_begun(Connection *connection, const Task *task, bool *out_is_ours, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt), task->worker};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "attempt/begin", values, 4, &result, error))
        return false;
    *out_is_ours = result_row_count(&result) == 1 && result_bool(&result, 0, 0);
    return true;
}

bool record_attempt_ended(Connection *connection, const Task *task, const char *outcome, const char *reason,
                          Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt), outcome, reason};
    AUTO_RESULT result = {0};
    return statement_run(connection, "attempt/end", values, 5, &result, error);
}

bool record_refused(Connection *connection, const Task *task, const char *reason, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), reason};
    AUTO_RESULT result = {0};
    return statement_run(connection, "task/refuse", values, 3, &result, error);
}

bool record_waiting(Connection *connection, const Task *task, const char *waits_for, const char *reason,
                    bool *out_is_news, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), waits_for, reason};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "task/wait", values, 4, &result, error))
        return false;
    *out_is_news = result_row_count(&result) > 0;
    return true;
}

bool record_process_seen(Connection *connection, const ProcessState *process, Error *error)
{
    char hung[NUMBER_SIZE];
    const char *values[] = {process->name, format_number(hung, process->hung), process->kind,
                            *process->reason ? process->reason : NULL};
    AUTO_RESULT result = {0};
    return statement_run(connection, "process/seen", values, 4, &result, error);
}

bool record_process_gone(Connection *connection, const char *name, Error *error)
{
    AUTO_RESULT result = {0};
    return statement_run(connection, "process/gone", &name, 1, &result, error);
}

bool record_process_failed(Connection *connection, const char *name, const char *reason, Error *error)
{
    const char *values[] = {name, reason};
    AUTO_RESULT result = {0};
    return statement_run(connection, "process/failed", values, 2, &result, error);
}

bool record_unlisted(Connection *connection, const char *dataset, const char *reason, Error *error)
{
    const char *values[] = {dataset, reason};
    AUTO_RESULT result = {0};
    return statement_run(connection, "plan/unlisted", values, 2, &result, error);
}

bool record_unlisted_forgotten(Connection *connection, Error *error)
{
    AUTO_RESULT result = {0};
    return statement_run(connection, "plan/unlisted_forget", NULL, 0, &result, error);
}

/* An array as PostgreSQL writes it. */
static void add_number(Buffer *numbers, int64_t number)
{
    char text[NUMBER_SIZE];
    if (!buffer_append_text(numbers, numbers->length == 0 ? "{" : ",") ||
        !buffer_append_text(numbers, format_number(text, number)))
        error_abort("a task has more objects than its bound");
}

static void list_version_rows(const Task *task, const LoadCounts *counts, Buffer *objects, Buffer *rows)
{
    for (size_t i = 0; i < task->version_count; i++) {
        add_number(objects, task->versions[i].object);
        add_number(rows, counts->version_rows[i]);
    }
    if (!buffer_append_text(objects, "}") || !buffer_append_text(rows, "}"))
        error_abort("a task has more objects than its bound");
}

bool record_loaded(Connection *connection, const Task *task, const LoadCounts *counts, bool *out_is_first, Error *error)
{
    AUTO_BUFFER objects, version_rows;
    buffer_init(&objects, NUMBERS_BYTES_MAX);
    buffer_init(&version_rows, NUMBERS_BYTES_MAX);
    if (counts->version_rows)
        list_version_rows(task, counts, &objects, &version_rows);
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], attempt[NUMBER_SIZE];
    char rows[NUMBER_SIZE], rejects[NUMBER_SIZE], unknown[NUMBER_SIZE], members[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run),
                            format_number(ordinal, task->ordinal),
                            format_number(attempt, task->attempt),
                            format_number(rows, counts->rows),
                            format_number(rejects, counts->rejects),
                            format_number(unknown, counts->unknown),
                            format_number(members, task->members),
                            task->worker,
                            objects.data,
                            version_rows.data};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "task/loaded", values, 10, &result, error))
        return false;
    *out_is_first = result_number(&result, 0, 0) == 1;
    return true;
}

bool record_lock(Connection *connection, const Task *task, Error *error)
{
    char run[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run)};
    AUTO_RESULT result = {0};
    return statement_run(connection, "task/lock", values, 1, &result, error);
}

bool record_split(Connection *connection, const Task *task, const Split *split, int32_t *out_ordinal, Error *error)
{
    const char *statement = split->is_last ? "task/settle" : "task/split";
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE], object[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal),
                            format_number(object, split->version->object), split->state, split->reason};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, statement, values, 5, &result, error))
        return false;
    *out_ordinal = result_row_count(&result) == 1 ? (int32_t)result_number(&result, 0, 0) : 0;
    return true;
}

bool record_scatter(Connection *connection, const Task *task, const char *reason, int32_t *out_ordinals, Error *error)
{
    char run[NUMBER_SIZE], ordinal[NUMBER_SIZE];
    const char *values[] = {format_number(run, task->run), format_number(ordinal, task->ordinal), reason};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "task/scatter", values, 3, &result, error))
        return false;
    bool is_first = result_row_count(&result) == task->version_count;
    for (size_t i = 0; i < task->version_count; i++)
        out_ordinals[i] = is_first ? (int32_t)result_number(&result, i, 0) : 0;
    return true;
}

bool record_rejects(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error)
{
    return count == 0 || connection->dialect->add_rejects(connection, task, rows, count, error);
}

bool record_fields(Connection *connection, const Task *task, const FieldRow *rows, size_t count, Error *error)
{
    return count == 0 || connection->dialect->add_fields(connection, task, rows, count, error);
}
