/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/claim.h"

#include <assert.h>

#include "base/memory.h"
#include "db/statement.h"
#include "ledger/ledger.h"
#include "ledger/task_values.h"

/* GOES_ON if whoever holds the lock may be passed by. */
static TaskEnd pass_by_stranger(Connection *connection, Duration stall, Task *task, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_exists(connection, "claim/is_foreign"))
        return TASK_PASSED_OVER;
    if (!statement_run(connection, "claim/is_foreign", VALUES(TASK_VALUES(task), NUMBER_VALUE(stall.ms)), &result,
                       error))
        return TASK_FAILED;
    if (!result_only_bool(&result))
        return TASK_PASSED_OVER;
    task->claim = TASK_CLAIMED_UNLOCKED;
    return TASK_GOES_ON;
}

/* GOES_ON if the lock is ours, or may be passed by. */
static TaskEnd try_lock(Connection *connection, Duration stall, Task *task, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/lock", VALUES(TASK_VALUES(task)), &result, error))
        return TASK_FAILED;
    if (result_row_count(&result) == 0) /* the ledger had no row, and may still have none */
        return ledger_confirm(connection, error) ? TASK_PASSED_OVER : TASK_FAILED;
    if (!result_only_bool(&result))
        return pass_by_stranger(connection, stall, task, error);
    task->claim = TASK_CLAIMED;
    return TASK_GOES_ON;
}

/* Read after the lock is held: what the worker before us committed is seen. */
static TaskEnd read_task(Connection *connection, Task *task, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/task", VALUES(TASK_VALUES(task)), &result, error))
        return TASK_FAILED;
    if (result_row_count(&result) == 0)
        return TASK_PASSED_OVER;
    ResultRow row = result_row(&result, 0);
    task->dataset = memory_copy_text(result_next_text(&row));
    task->partition = memory_copy_text(result_next_text(&row));
    task->attempts = result_next_integer(&row);
    task->crashes = result_next_integer(&row);
    task->attempt = result_next_integer(&row);
    task->reason = memory_copy_text(result_next_text(&row));
    task->is_whole = result_next_bool(&row);
    task->waits_for = memory_copy_text(result_next_text(&row));
    result_row_end(&row);
    return TASK_GOES_ON;
}

/* Asked after the attempts are read, if a stranger or a silent worker holds the lock: then the open attempt of a live
 * worker is the claim. An attempt that begins later gets the number that ours would have, and one of the two loses. */
static TaskEnd ask_whether_free(Connection *connection, const Task *task, Error *error)
{
    AUTO_RESULT result = {0};
    if (task->claim == TASK_CLAIMED)
        return TASK_GOES_ON;
    if (!statement_run(connection, "claim/is_free", VALUES(TASK_VALUES(task)), &result, error))
        return TASK_FAILED;
    return result_only_bool(&result) ? TASK_GOES_ON : TASK_PASSED_OVER;
}

TaskEnd claim_read_versions(Connection *connection, Task *task, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED);
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "claim/versions", VALUES(TASK_VALUES(task)), &result, error))
        return TASK_FAILED;
    task_free_versions(task);
    task->leader = task->members = 0;
    task->version_count = result_row_count(&result);
    if (task->version_count == 0)
        return TASK_PASSED_OVER;
    task->versions = memory_alloc_zeroed(task->version_count, sizeof *task->versions);
    for (size_t i = 0; i < task->version_count; i++) {
        TaskVersion *version = &task->versions[i];
        ResultRow row = result_row(&result, i);
        version->object = result_next_number(&row);
        version->bucket = memory_copy_text(result_next_text(&row));
        version->key = memory_copy_text(result_next_text(&row));
        version->etag = memory_copy_text(result_next_text(&row));
        version->size = result_next_number(&row);
        version->releases = result_next_number(&row);
        task->leader = result_next_number(&row);
        task->members = result_next_number(&row);
        result_row_end(&row);
    }
    return TASK_GOES_ON;
}

TaskEnd claim_take(Connection *connection, Duration stall, Task *task, Error *error)
{
    assert(task->claim == TASK_UNCLAIMED && !connection_is_in_transaction(connection));
    TaskEnd end = try_lock(connection, stall, task, error);
    if (end == TASK_GOES_ON)
        end = read_task(connection, task, error);
    if (end == TASK_GOES_ON)
        end = ask_whether_free(connection, task, error);
    if (end == TASK_GOES_ON)
        end = claim_read_versions(connection, task, error);
    if (end != TASK_GOES_ON)
        claim_release(connection, task);
    return end;
}

static bool open_look(Connection **session, const WarehouseConfig *config, const char *ledger, Error *error)
{
    AUTO_CONNECTION opened = NULL;
    if (connection_is_open(*session))
        return true;
    connection_close(take(*session));
    if (!connection_open(config, "copyfleet claim", &opened, error) || !ledger_bind(opened, ledger, error) ||
        !statement_run_if_any(opened, "attempt/settings", NO_VALUES, NULL, error))
        return false;
    *session = take(opened);
    return true;
}

static bool tell_read(Connection *session, const Task *task, int64_t bytes_read, Error *error)
{
    const Values values = VALUES(TASK_VALUES(task), NUMBER_VALUE(task->attempt), NUMBER_VALUE(bytes_read));
    AUTO_RESULT result = {0};
    return statement_run_if_any(session, "attempt/read", values, &result, error);
}

TaskEnd claim_look(Connection **session, const WarehouseConfig *config, const char *ledger, const Task *task,
                   int64_t bytes_read)
{
    assert(task->claim != TASK_UNCLAIMED && task->attempt > 0);
    Error ignored;
    AUTO_RESULT result = {0};
    if (!open_look(session, config, ledger, &ignored) ||
        !statement_run(*session, "claim/task", VALUES(TASK_VALUES(task)), &result, &ignored))
        return TASK_GOES_ON;
    if (result_row_count(&result) == 0)
        return TASK_LOST;
    (void)!tell_read(*session, task, bytes_read, &ignored); /* it is only shown */
    return TASK_GOES_ON;
}

void claim_release(Connection *connection, Task *task)
{
    TaskClaim claim = task->claim;
    task->claim = TASK_UNCLAIMED;
    if (claim != TASK_CLAIMED || !connection_is_open(connection))
        return;
    assert(!connection_is_in_transaction(connection));
    Error ignored;
    AUTO_RESULT result = {0};
    if (!statement_run_if_any(connection, "claim/unlock", VALUES(TASK_VALUES(task)), &result, &ignored))
        connection_end(connection);
}
