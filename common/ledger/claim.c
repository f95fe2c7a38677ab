/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "db/sql.h"
#include "ledger/ledger.h"

typedef struct TaskValues {
    char run[24];
    char ordinal[16];
    const char *values[2];
} TaskValues;

static void set_values(TaskValues *values, int64_t run, int32_t ordinal)
{
    snprintf(values->run, sizeof values->run, "%" PRId64, run);
    snprintf(values->ordinal, sizeof values->ordinal, "%" PRId32, ordinal);
    values->values[0] = values->run;
    values->values[1] = values->ordinal;
}

static bool try_lock(Connection *connection, const TaskValues *values, Task *task, bool *out_is_ours, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/lock", values->values, 2, &result, error))
        return false;
    *out_is_ours = result_bool(&result, 0, 0);
    task->is_foreign = result_bool(&result, 0, 1);
    return true;
}

/* Read after the lock is held: what the one before us committed is seen. */
static bool read_task(Connection *connection, const TaskValues *values, Task *task, bool *out_is_planned, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/task", values->values, 2, &result, error))
        return false;
    *out_is_planned = result_row_count(&result) == 1;
    if (!*out_is_planned)
        return true;
    task->dataset = memory_copy_text(result_text(&result, 0, 0));
    task->partition = memory_copy_text(result_text(&result, 0, 1));
    task->attempts = (int32_t)result_number(&result, 0, 2);
    task->crashes = (int32_t)result_number(&result, 0, 3);
    task->attempt = (int32_t)result_number(&result, 0, 4);
    task->reason = memory_copy_text(result_text(&result, 0, 5));
    task->is_whole = result_bool(&result, 0, 6);
    task->waits_for = memory_copy_text(result_text(&result, 0, 7));
    return true;
}

/* Without the lock, whoever began an attempt is the one whose the task is. Asked once the attempts are read. */
static bool is_free(Connection *connection, const TaskValues *values, bool *out_is_free, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/is_free", values->values, 2, &result, error))
        return false;
    *out_is_free = result_bool(&result, 0, 0);
    return true;
}

static void free_versions(Task *task)
{
    for (size_t i = 0; i < task->version_count; i++) {
        free(task->versions[i].bucket);
        free(task->versions[i].key);
        free(task->versions[i].etag);
    }
    free(task->versions);
    task->versions = NULL;
    task->version_count = 0;
}

bool claim_read_versions(Connection *connection, Task *task, Error *error)
{
    TaskValues values;
    set_values(&values, task->run, task->ordinal);
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/versions", values.values, 2, &result, error))
        return false;
    free_versions(task);
    size_t count = result_row_count(&result);
    task->versions = memory_alloc_zeroed(count, sizeof *task->versions);
    for (size_t row = 0; row < count; row++) {
        task->versions[row] = (TaskVersion){
            .object = result_number(&result, row, 0),
            .bucket = memory_copy_text(result_text(&result, row, 1)),
            .key = memory_copy_text(result_text(&result, row, 2)),
            .etag = memory_copy_text(result_text(&result, row, 3)),
            .size = result_number(&result, row, 4),
            .releases = result_number(&result, row, 5),
        };
    }
    task->version_count = count;
    task->leader = count > 0 ? result_number(&result, 0, 6) : 0;
    task->members = count > 0 ? result_number(&result, 0, 7) : 0;
    return true;
}

bool claim_take(Connection *connection, int64_t run, int32_t ordinal, Task *out_task, bool *out_is_ours, Error *error)
{
    TaskValues values;
    set_values(&values, run, ordinal);
    AUTO_TASK task = {.run = run, .ordinal = ordinal};
    bool is_ours = false, is_planned = false;
    if (!try_lock(connection, &values, &task, &is_ours, error))
        return false;
    bool is_read = !is_ours || (read_task(connection, &values, &task, &is_planned, error) &&
                                (!task.is_foreign || is_free(connection, &values, &is_ours, error)) &&
                                (!is_ours || !is_planned || claim_read_versions(connection, &task, error)));
    if (is_ours && (!is_planned || !is_read))
        claim_release(connection, &task);
    if (!is_read)
        return false;
    *out_is_ours = is_ours && is_planned;
    *out_task = task;
    task = (Task){0};
    return true;
}

static bool tell_read(Connection *session, const char *ledger, const Task *task, int64_t bytes_read, Error *error)
{
    TaskValues of_task;
    set_values(&of_task, task->run, task->ordinal);
    char attempt[16], bytes[24];
    snprintf(attempt, sizeof attempt, "%" PRId32, task->attempt);
    snprintf(bytes, sizeof bytes, "%" PRId64, bytes_read);
    const char *values[] = {of_task.run, of_task.ordinal, attempt, bytes};
    AUTO_RESULT result = {0};
    return ledger_bind(session, ledger, error) && statement_run(session, "attempt/settings", NULL, 0, NULL, error) &&
           statement_run(session, "attempt/read", values, 4, &result, error);
}

bool claim_look(const Config *config, const Connection *connection, const Task *task, int64_t bytes_read)
{
    TaskValues values;
    set_values(&values, task->run, task->ordinal);
    Error ignored;
    AUTO_CONNECTION session = NULL;
    AUTO_RESULT result = {0};
    if (!connection_open(config, "copyfleet claim", &session, &ignored) ||
        !statement_run(session, "claim/task", values.values, 2, &result, &ignored))
        return true;
    bool is_wanted = result_row_count(&result) > 0;
    if (is_wanted)
        (void)!tell_read(session, ledger_id(connection), task, bytes_read, &ignored); /* it is only shown */
    return is_wanted;
}

void claim_release(Connection *connection, const Task *task)
{
    if (!connection_is_open(connection) || task->is_foreign)
        return;
    TaskValues values;
    set_values(&values, task->run, task->ordinal);
    Error ignored;
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/unlock", values.values, 2, &result, &ignored))
        connection_end(connection);
}

void task_done(Task *task)
{
    free_versions(task);
    free(task->dataset);
    free(task->partition);
    free(task->reason);
    free(task->waits_for);
    *task = (Task){0};
}
