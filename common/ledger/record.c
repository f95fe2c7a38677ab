/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/rows.h"
#include "db/statement.h"
#include "db/transaction.h"
#include "ledger/task_values.h"

#define NUMBERS_BYTES_MAX (64 * MIB)

/* Of the texts of one row. */
#define REJECT_BYTES_MAX (2 * LIMIT_REJECT_RAW_BYTES + 16 * KIB)
#define FIELD_BYTES_MAX (4 * KIB)

TaskEnd record_attempt_begun(Connection *connection, const Task *task, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && task->attempt > 0 && task->worker && task->version_count > 0);
    assert(!connection_is_in_transaction(connection));
    const Values values = VALUES(TASK_VALUES(task), NUMBER_VALUE(task->attempt), TEXT_VALUE(task->worker));
    AUTO_RESULT result = {0};
    if (!transaction_run_statement(connection, "attempt/begin", values, &result, error))
        return TASK_FAILED;
    return result_row_count(&result) == 1 && result_only_bool(&result) ? TASK_GOES_ON : TASK_LOST;
}

bool record_attempt_ended(Connection *connection, const Task *task, const char *outcome, const char *reason,
                          Error *error)
{
    assert(task->attempt > 0 && task->worker && !connection_is_in_transaction(connection));
    const Values values = VALUES(TASK_VALUES(task), NUMBER_VALUE(task->attempt), TEXT_VALUE(outcome),
                                 TEXT_VALUE(reason), TEXT_VALUE(task->worker));
    return transaction_run_statement(connection, "attempt/end", values, NULL, error);
}

bool record_refused(Connection *connection, const Task *task, const char *reason, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_in_transaction(connection));
    return transaction_run_statement(connection, "task/refuse", VALUES(TASK_VALUES(task), TEXT_VALUE(reason)), NULL,
                                     error);
}

bool record_waiting(Connection *connection, const Task *task, const Wait *wait, bool *out_is_news, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_in_transaction(connection));
    const Values values =
        VALUES(TASK_VALUES(task), TEXT_VALUE(wait->waits_for), TEXT_VALUE(wait->reason), NUMBER_VALUE(wait->lost_s));
    AUTO_RESULT result = {0};
    if (!transaction_run_statement(connection, "task/wait", values, &result, error))
        return false;
    *out_is_news = result_row_count(&result) > 0;
    return true;
}

bool record_process_seen(Connection *connection, const ProcessState *process, Error *error)
{
    const Values values = VALUES(TEXT_VALUE(process->name), NUMBER_VALUE(process->hung), TEXT_VALUE(process->kind),
                                 TEXT_VALUE(*process->reason ? process->reason : NULL));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "process/seen", values, &result, error))
        return false;
    bool forgets = result_row_count(&result) == 1 && result_only_bool(&result); /* on Redshift nobody is forgotten */
    return !forgets || statement_run_if_any(connection, "process/forget",
                                            VALUES(TEXT_VALUE(process->name), TEXT_VALUE(process->kind)), NULL, error);
}

bool record_process_gone(Connection *connection, const char *name, Error *error)
{
    return statement_run(connection, "process/gone", VALUES(TEXT_VALUE(name)), NULL, error);
}

bool record_process_failed(Connection *connection, const char *name, const char *reason, Error *error)
{
    return statement_run(connection, "process/failed", VALUES(TEXT_VALUE(name), TEXT_VALUE(reason)), NULL, error);
}

bool record_unlisted(Connection *connection, const char *dataset, const char *reason, Error *error)
{
    return statement_run(connection, "plan/unlisted", VALUES(TEXT_VALUE(dataset), TEXT_VALUE(reason)), NULL, error);
}

bool record_unlisted_forgotten(Connection *connection, Error *error)
{
    return statement_run(connection, "plan/unlisted_forget", NO_VALUES, NULL, error);
}

/* An array as PostgreSQL writes it. */
static void add_number(Buffer *numbers, int64_t number)
{
    if (!buffer_append_format(numbers, "%s%" PRId64, numbers->length == 0 ? "{" : ",", number))
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

TaskEnd record_loaded(Connection *connection, const Task *task, const LoadCounts *counts, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && task->attempt > 0 && task->worker && task->members > 0);
    assert(!connection_is_idle(connection));
    AUTO_BUFFER objects, version_rows;
    buffer_init(&objects, NUMBERS_BYTES_MAX);
    buffer_init(&version_rows, NUMBERS_BYTES_MAX);
    if (counts->version_rows)
        list_version_rows(task, counts, &objects, &version_rows);
    const Values values =
        VALUES(TASK_VALUES(task), NUMBER_VALUE(task->attempt), NUMBER_VALUE(counts->rows),
               NUMBER_VALUE(counts->rejects), NUMBER_VALUE(counts->unknown), NUMBER_VALUE(task->members),
               TEXT_VALUE(task->worker), TEXT_VALUE(objects.data), TEXT_VALUE(version_rows.data));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "task/loaded", values, &result, error))
        return TASK_FAILED;
    return result_only_number(&result) == 1 ? TASK_GOES_ON : TASK_LOST;
}

bool record_lock(Connection *connection, const Task *task, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_idle(connection));
    return statement_run(connection, "task/lock", VALUES(NUMBER_VALUE(task->run)), NULL, error);
}

TaskEnd record_split(Connection *connection, const Task *task, const Split *split, int32_t *out_ordinal, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_idle(connection));
    const char *statement = split->is_last ? "task/settle" : "task/split";
    const Values values = VALUES(TASK_VALUES(task), NUMBER_VALUE(split->version->object), TEXT_VALUE(split->state),
                                 TEXT_VALUE(split->reason));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, statement, values, &result, error))
        return TASK_FAILED;
    if (result_row_count(&result) != 1)
        return TASK_LOST;
    *out_ordinal = (int32_t)result_only_number(&result);
    if (strcmp(split->state, "released") == 0 &&
        !statement_run(connection, "task/released", VALUES(NUMBER_VALUE(task->run), NUMBER_VALUE(*out_ordinal)), NULL,
                       error))
        return TASK_FAILED;
    return split->is_last ? TASK_SETTLED : TASK_LEFT;
}

TaskEnd record_scatter(Connection *connection, const Task *task, const char *reason, int32_t *out_ordinals,
                       Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && !connection_is_idle(connection));
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "task/scatter", VALUES(TASK_VALUES(task), TEXT_VALUE(reason)), &result, error))
        return TASK_FAILED;
    if (result_row_count(&result) != task->version_count)
        return TASK_LOST;
    for (size_t i = 0; i < task->version_count; i++) {
        ResultRow row = result_row(&result, i);
        out_ordinals[i] = result_next_integer(&row);
        result_row_end(&row);
    }
    return TASK_SETTLED;
}

bool record_rejects(Connection *connection, const Task *task, const RejectRow *rejects, size_t count, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED);
    AUTO_ROWS rows;
    rows_init(&rows, connection, "task/rejects", 8, REJECT_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        rows_add_bigint(&rows, task->run);
        rows_add_bigint(&rows, rejects[i].object);
        rows_add_bigint(&rows, rejects[i].ordinal);
        rows_add_bigint(&rows, rejects[i].line);
        rows_add_bigint(&rows, rejects[i].byte_offset);
        rows_add_text(&rows, rejects[i].column);
        rows_add_text(&rows, rejects[i].reason);
        rows_add_text(&rows, rejects[i].raw);
        if (!rows_end_row(&rows, error))
            return false;
    }
    return rows_end(&rows, error);
}

bool record_fields(Connection *connection, const Task *task, const FieldRow *fields, size_t count, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED);
    AUTO_ROWS rows;
    rows_init(&rows, connection, "task/fields", 7, FIELD_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        rows_add_bigint(&rows, task->run);
        rows_add_integer(&rows, task->ordinal);
        rows_add_text(&rows, field_kind_name(fields[i].kind));
        rows_add_text(&rows, fields[i].name);
        rows_add_bigint(&rows, fields[i].objects);
        rows_add_bigint(&rows, fields[i].rows);
        rows_add_bigint(&rows, fields[i].object);
        if (!rows_end_row(&rows, error))
            return false;
    }
    return rows_end(&rows, error);
}
