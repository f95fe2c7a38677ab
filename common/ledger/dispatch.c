/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "db/sql.h"

/* The ledger is locked: what failed is done the next time. */
static bool is_later(const Connection *connection)
{
    return connection_is_open(connection) && connection_was_locked_out(connection);
}

bool dispatch_due(Connection *connection, const Config *config, int64_t limit, DispatchFunction *each, void *context,
                  int64_t *out_count, Error *error)
{
    char repeat_ms[24], repeat_ms_max[24], limit_text[24];
    snprintf(repeat_ms, sizeof repeat_ms, "%" PRId64, config->dispatch_repeat_ms);
    snprintf(repeat_ms_max, sizeof repeat_ms_max, "%" PRId64, config->dispatch_repeat_ms_max);
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    const char *values[] = {repeat_ms, repeat_ms_max, limit_text};
    AUTO_RESULT due = {0}, result = {0};
    *out_count = 0;
    if (!statement_run(connection, "dispatch/is_due", &values[1], 1, &due, error))
        return error_add_context(error, "looking for tasks to publish");
    if (!result_bool(&due, 0, 0))
        return true;
    if (!statement_run(connection, "dispatch/due", values, 3, &result, error))
        return is_later(connection) || error_add_context(error, "reading the tasks to publish");
    for (size_t row = 0; row < result_row_count(&result); row++)
        if (!each(context, result_number(&result, row, 0), (int32_t)result_number(&result, row, 1), error))
            return false;
    *out_count = (int64_t)result_row_count(&result);
    return true;
}

bool dispatch_hasten(Connection *connection, Error *error)
{
    return statement_run(connection, "dispatch/hasten", NULL, 0, NULL, error) || is_later(connection) ||
           error_add_context(error, "publishing again what waits");
}

bool dispatch_return(Connection *connection, const char *waits_for, int64_t limit, int64_t *out_count, Error *error)
{
    char limit_text[24];
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    const char *values[] = {waits_for, limit_text};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/return", values, 2, &result, error))
        return error_add_context(error, "publishing again what waited for %s", waits_for);
    *out_count = result_number(&result, 0, 0);
    return true;
}

static void tell_crashes(const Result *crashed, CrashFunction *each)
{
    for (size_t row = 0; row < result_row_count(crashed); row++)
        each(&(Crash){.run = result_number(crashed, row, 0),
                      .task = (int32_t)result_number(crashed, row, 1),
                      .attempt = result_number(crashed, row, 2),
                      .worker = result_text(crashed, row, 3)});
}

static bool look_at_session(Connection *connection, const char *session, const char *stall_ms, bool *out_is_silent,
                            Error *error)
{
    const char *values[] = {session, stall_ms};
    AUTO_RESULT back = {0};
    if (!statement_run(connection, "session/is_back", values, 2, &back, error))
        return false;
    *out_is_silent = !result_bool(&back, 0, 0);
    return true;
}

/* One session, unless it is back. */
static bool end_session(Connection *connection, const char *session, const char *stall_ms, int64_t *ended, Error *error)
{
    bool is_silent;
    const char *values[] = {session, "copyfleet", stall_ms};
    if (!look_at_session(connection, session, stall_ms, &is_silent, error))
        return false;
    *ended += is_silent;
    return !is_silent || statement_run(connection, "session/end", values, 3, NULL, error);
}

static bool end_stalled(Connection *connection, const char *stall_ms, int64_t *out_ended, Error *error)
{
    AUTO_RESULT stalled = {0};
    *out_ended = 0;
    if (!statement_run(connection, "sweep/stalled", &stall_ms, 1, &stalled, error))
        return false;
    for (size_t row = 0; row < result_row_count(&stalled); row++)
        if (!end_session(connection, result_text(&stalled, row, 0), stall_ms, out_ended, error))
            return false;
    return true;
}

bool dispatch_sweep(Connection *connection, const Config *config, CrashFunction *each, int64_t *out_ended, Error *error)
{
    char stall_ms[24];
    snprintf(stall_ms, sizeof stall_ms, "%" PRId64, config->stall_s * 1000);
    const char *values[] = {stall_ms};
    AUTO_RESULT crashed = {0};
    bool is_swept = statement_run(connection, "sweep/begin", NULL, 0, NULL, error) &&
                    end_stalled(connection, stall_ms, out_ended, error) &&
                    statement_run(connection, "sweep/crashed", values, 1, &crashed, error) &&
                    connection_run(connection, "COMMIT", NULL, error); /* nothing, where the file has committed */
    if (is_swept && each)
        tell_crashes(&crashed, each);
    bool is_put_off = !is_swept && is_later(connection);
    connection_roll_back(connection);
    return is_swept || is_put_off || error_add_context(error, "looking for dead workers");
}

bool dispatch_find_unreachable(Connection *connection, const Config *config, char **out_worker, char **out_role,
                               Error *error)
{
    char stall_ms[24];
    snprintf(stall_ms, sizeof stall_ms, "%" PRId64, config->stall_s * 1000);
    const char *values[] = {stall_ms};
    AUTO_RESULT found = {0};
    *out_worker = *out_role = NULL;
    if (!statement_run(connection, "sweep/unreachable", values, 1, &found, error))
        return error_add_context(error, "looking for workers of another role");
    if (result_row_count(&found) > 0) {
        *out_worker = memory_copy_text(result_text(&found, 0, 0));
        *out_role = memory_copy_text(result_text(&found, 0, 1));
    }
    return true;
}

bool dispatch_look_at_silent(Connection *connection, const Config *config, int session, bool *out_is_silent,
                             Error *error)
{
    char stall_ms[24], session_text[16];
    snprintf(stall_ms, sizeof stall_ms, "%" PRId64, config->stall_s * 1000);
    snprintf(session_text, sizeof session_text, "%d", session);
    return look_at_session(connection, session_text, stall_ms, out_is_silent, error);
}

/* Before the session's end frees the claim: whoever claims the task next takes an open attempt for a crash. */
static bool close_attempt(Connection *connection, const Hung *hung, Error *error)
{
    char run[24], task[16], attempt[16];
    snprintf(run, sizeof run, "%" PRId64, hung->run);
    snprintf(task, sizeof task, "%" PRId32, hung->task);
    snprintf(attempt, sizeof attempt, "%" PRId32, hung->attempt);
    const char *values[] = {run, task, attempt, hung->executor};
    bool is_closed = statement_run(connection, "sweep/begin", NULL, 0, NULL, error) &&
                     statement_run(connection, "sweep/hung", values, 4, NULL, error) &&
                     connection_run(connection, "COMMIT", NULL, error);
    bool is_put_off = !is_closed && is_later(connection);
    connection_roll_back(connection);
    return is_closed || is_put_off;
}

bool dispatch_end_hung(Connection *connection, const Config *config, const Hung *hung, Error *error)
{
    char stall_ms[24], session[16];
    snprintf(stall_ms, sizeof stall_ms, "%" PRId64, config->stall_s * 1000);
    snprintf(session, sizeof session, "%d", hung->session);
    const char *values[] = {session, hung->session_name, stall_ms};
    return (hung->attempt == 0 || close_attempt(connection, hung, error)) &&
           (hung->session == 0 || statement_run(connection, "session/end", values, 3, NULL, error));
}

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/look", NULL, 0, &result, error))
        return error_add_context(error, "looking how the runs stand");
    *out_standing = (Standing){.runs_complete = result_number(&result, 0, 0),
                               .tasks_failed = result_number(&result, 0, 1),
                               .tasks_refused = result_number(&result, 0, 2),
                               .tasks_planned = result_number(&result, 0, 3),
                               .failed_print = result_number(&result, 0, 4)};
    return true;
}

static void take_standings(const Result *result, TaskStanding **out_tasks, size_t *out_count)
{
    size_t count = result_row_count(result);
    TaskStanding *tasks = memory_alloc_zeroed(count + 1, sizeof *tasks);
    for (size_t row = 0; row < count; row++)
        tasks[row] = (TaskStanding){.run = result_number(result, row, 0),
                                    .task = (int32_t)result_number(result, row, 1),
                                    .dataset = memory_copy_text(result_text(result, row, 2)),
                                    .partition = memory_copy_text(result_text(result, row, 3)),
                                    .state = memory_copy_text(result_text(result, row, 4)),
                                    .reason = memory_copy_text(result_text(result, row, 5))};
    *out_tasks = tasks;
    *out_count = count;
}

bool dispatch_read_held(Connection *connection, int64_t limit, TaskStanding **out_tasks, size_t *out_count,
                        Error *error)
{
    char limit_text[24];
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    const char *values[] = {limit_text};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/held", values, 1, &result, error))
        return error_add_context(error, "reading what is held");
    take_standings(&result, out_tasks, out_count);
    return true;
}

bool dispatch_read_task(Connection *connection, int64_t run, int32_t task, TaskStanding **out_tasks, size_t *out_count,
                        Error *error)
{
    char run_text[24], task_text[16];
    snprintf(run_text, sizeof run_text, "%" PRId64, run);
    snprintf(task_text, sizeof task_text, "%" PRId32, task);
    const char *values[] = {run_text, task_text};
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/task", values, 2, &result, error))
        return error_add_context(error, "reading a task");
    take_standings(&result, out_tasks, out_count);
    return true;
}

void dispatch_free_standings(TaskStanding *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(tasks[i].dataset);
        free(tasks[i].partition);
        free(tasks[i].state);
        free(tasks[i].reason);
    }
    free(tasks);
}
