/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/dispatch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "db/statement.h"
#include "db/transaction.h"

/* The ledger is locked: what failed is done the next time. */
static bool is_later(const Connection *connection)
{
    return connection_is_open(connection) && connection_was_locked_out(connection);
}

bool dispatch_due(Connection *connection, const FleetConfig *config, int64_t limit, DispatchFunction *each,
                  void *context, int64_t *out_count, Error *error)
{
    assert(limit > 0 && !connection_is_in_transaction(connection));
    const StatementValue repeat_ms = NUMBER_VALUE(config->dispatch_repeat.ms);
    const StatementValue repeat_ms_max = NUMBER_VALUE(config->dispatch_repeat_max.ms);
    AUTO_RESULT due = {0}, result = {0};
    *out_count = 0;
    if (!statement_run(connection, "dispatch/is_due", VALUES(repeat_ms_max), &due, error))
        return error_add_context(error, "looking for tasks to publish");
    if (!result_only_bool(&due))
        return true;
    if (!transaction_run_statement(connection, "dispatch/due", VALUES(repeat_ms, repeat_ms_max, NUMBER_VALUE(limit)),
                                   &result, error))
        return is_later(connection) || error_add_context(error, "reading the tasks to publish");
    for (size_t i = 0; i < result_row_count(&result); i++) {
        ResultRow row = result_row(&result, i);
        int64_t run = result_next_number(&row);
        int32_t task = result_next_integer(&row);
        result_row_end(&row);
        if (!each(context, run, task, error))
            return false;
    }
    *out_count = (int64_t)result_row_count(&result);
    return true;
}

bool dispatch_hasten(Connection *connection, Error *error)
{
    return transaction_run_statement(connection, "dispatch/hasten", NO_VALUES, NULL, error) || is_later(connection) ||
           error_add_context(error, "publishing again what waits");
}

bool dispatch_return(Connection *connection, const char *waits_for, int64_t limit, int64_t *out_count, Error *error)
{
    assert(*waits_for && limit > 0);
    const Values values = VALUES(TEXT_VALUE(waits_for), NUMBER_VALUE(limit));
    AUTO_RESULT result = {0};
    if (!transaction_run_statement(connection, "dispatch/return", values, &result, error))
        return error_add_context(error, "publishing again what waited for %s", waits_for);
    *out_count = result_only_number(&result);
    return true;
}

static void tell_crashes(const Result *crashed, CrashFunction *each)
{
    for (size_t i = 0; i < result_row_count(crashed); i++) {
        Crash crash;
        ResultRow row = result_row(crashed, i);
        crash.run = result_next_number(&row);
        crash.task = result_next_integer(&row);
        crash.attempt = result_next_number(&row);
        crash.worker = result_next_text(&row);
        result_row_end(&row);
        each(&crash);
    }
}

static bool look_at_session(Connection *connection, int session, Duration stall, bool *out_is_silent, Error *error)
{
    AUTO_RESULT back = {0};
    if (!statement_run(connection, "session/is_back", VALUES(NUMBER_VALUE(session), NUMBER_VALUE(stall.ms)), &back,
                       error))
        return false;
    *out_is_silent = !result_only_bool(&back);
    return true;
}

/* One session, unless it is back. */
static bool end_session(Connection *connection, int session, Duration stall, int64_t *ended, Error *error)
{
    bool is_silent;
    const Values values = VALUES(NUMBER_VALUE(session), TEXT_VALUE("copyfleet"), NUMBER_VALUE(stall.ms));
    if (!look_at_session(connection, session, stall, &is_silent, error))
        return false;
    *ended += is_silent;
    return !is_silent || statement_run(connection, "session/end", values, NULL, error);
}

/* The search for sessions that are to be ended. */
typedef struct Search {
    Connection *connection;
    Duration stall;
    int64_t ended;
} Search;

static bool end_found(Search *search, Error *error)
{
    AUTO_RESULT stalled = {0};
    search->ended = 0;
    if (!statement_run(search->connection, "sweep/stalled", VALUES(NUMBER_VALUE(search->stall.ms)), &stalled, error))
        return false;
    for (size_t i = 0; i < result_row_count(&stalled); i++) {
        ResultRow row = result_row(&stalled, i);
        int session = result_next_integer(&row);
        result_row_end(&row);
        if (!end_session(search->connection, session, search->stall, &search->ended, error))
            return false;
    }
    return true;
}

static bool end_in_transaction(void *context, Error *error)
{
    Search *search = context;
    AUTO_TRANSACTION transaction = {0};
    return transaction_begin(&transaction, search->connection, TRANSACTION_PLAIN, error) &&
           statement_run(search->connection, "sweep/begin", NO_VALUES, NULL, error) && end_found(search, error) &&
           transaction_commit(&transaction, error);
}

/* Before the attempts are closed, and in a transaction of its own: whoever is stopped may hold a lock that the sweep of
 * attempts waits for. Only a sweep that has a beginning is one transaction. On Redshift the time stands still inside of
 * a transaction, and a session whose statement has just ended would look silent. */
static bool end_stalled(Connection *connection, Duration stall, int64_t *out_ended, Error *error)
{
    Search search = {.connection = connection, .stall = stall};
    bool is_bracketed = statement_exists(connection, "sweep/begin");
    bool is_ended =
        statement_run_if_any(connection, "sweep/clock", NO_VALUES, NULL, error) &&
        (is_bracketed ? transaction_repeat(connection, end_in_transaction, &search, error) : end_found(&search, error));
    *out_ended = search.ended;
    return is_ended;
}

/* What a sweep changes: a statement, and what it found. */
typedef struct Sweep {
    Connection *connection;
    const char *statement;
    Values values;
    Result found;
} Sweep;

static void sweep_done(Sweep *sweep)
{
    result_done(&sweep->found);
}

static bool sweep_once(void *context, Error *error)
{
    Sweep *sweep = context;
    AUTO_TRANSACTION transaction = {0};
    result_done(&sweep->found);
    return transaction_begin(&transaction, sweep->connection, TRANSACTION_PLAIN, error) &&
           statement_run_if_any(sweep->connection, "sweep/begin", NO_VALUES, NULL, error) &&
           statement_run(sweep->connection, sweep->statement, sweep->values, &sweep->found, error) &&
           transaction_commit(&transaction, error);
}

bool dispatch_sweep(Connection *connection, Duration stall, CrashFunction *each, int64_t *out_ended, Error *error)
{
    AUTO(Sweep, sweep_done)
    crashed = {.connection = connection, .statement = "sweep/crashed", .values = VALUES(NUMBER_VALUE(stall.ms))};
    bool is_swept =
        end_stalled(connection, stall, out_ended, error) && transaction_repeat(connection, sweep_once, &crashed, error);
    if (is_swept && each)
        tell_crashes(&crashed.found, each);
    return is_swept || is_later(connection) || error_add_context(error, "looking for dead workers");
}

bool dispatch_find_unreachable(Connection *connection, char **out_role, char **out_remedy, Error *error)
{
    AUTO_RESULT found = {0};
    *out_role = *out_remedy = NULL;
    if (!statement_run(connection, "sweep/unreachable", NO_VALUES, &found, error))
        return error_add_context(error, "looking for sessions of another role");
    if (result_row_count(&found) > 0) {
        ResultRow row = result_row(&found, 0);
        *out_role = memory_copy_text(result_next_text(&row));
        *out_remedy = memory_copy_text(result_next_text(&row));
        result_row_end(&row);
    }
    return true;
}

bool dispatch_look_at_silent(Connection *connection, Duration stall, int session, bool *out_is_silent, Error *error)
{
    assert(session != 0);
    return look_at_session(connection, session, stall, out_is_silent, error);
}

/* Before the session's end frees the claim: whoever claims the task next takes an open attempt for a crash. */
static bool close_attempt(Connection *connection, const Hung *hung, Error *error)
{
    const Values values = VALUES(NUMBER_VALUE(hung->run), NUMBER_VALUE(hung->task), NUMBER_VALUE(hung->attempt),
                                 TEXT_VALUE(hung->executor));
    AUTO(Sweep, sweep_done) closed = {.connection = connection, .statement = "sweep/hung", .values = values};
    return transaction_repeat(connection, sweep_once, &closed, error) || is_later(connection);
}

bool dispatch_end_hung(Connection *connection, Duration stall, const Hung *hung, Error *error)
{
    assert(!connection_is_in_transaction(connection)); /* the attempt's end is committed first */
    const Values values = VALUES(NUMBER_VALUE(hung->session), TEXT_VALUE(hung->session_name), NUMBER_VALUE(stall.ms));
    return (hung->attempt == 0 || close_attempt(connection, hung, error)) &&
           (hung->session == 0 || statement_run(connection, "session/end", values, NULL, error));
}

bool dispatch_look(Connection *connection, Standing *out_standing, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/look", NO_VALUES, &result, error))
        return error_add_context(error, "looking how the runs stand");
    ResultRow row = result_row(&result, 0);
    out_standing->runs_complete = result_next_number(&row);
    out_standing->tasks_failed = result_next_number(&row);
    out_standing->tasks_refused = result_next_number(&row);
    out_standing->tasks_planned = result_next_number(&row);
    out_standing->failed_print = result_next_number(&row);
    result_row_end(&row);
    return true;
}

static void take_standings(const Result *result, TaskStanding **out_tasks, size_t *out_count)
{
    size_t count = result_row_count(result);
    TaskStanding *tasks = memory_alloc_zeroed(count + 1, sizeof *tasks);
    for (size_t i = 0; i < count; i++) {
        ResultRow row = result_row(result, i);
        tasks[i].run = result_next_number(&row);
        tasks[i].task = result_next_integer(&row);
        tasks[i].dataset = memory_copy_text(result_next_text(&row));
        tasks[i].partition = memory_copy_text(result_next_text(&row));
        tasks[i].state = memory_copy_text(result_next_text(&row));
        tasks[i].reason = memory_copy_text(result_next_text(&row));
        result_row_end(&row);
    }
    *out_tasks = tasks;
    *out_count = count;
}

bool dispatch_read_held(Connection *connection, int64_t limit, TaskStanding **out_tasks, size_t *out_count,
                        Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/held", VALUES(NUMBER_VALUE(limit)), &result, error))
        return error_add_context(error, "reading what is held");
    take_standings(&result, out_tasks, out_count);
    return true;
}

bool dispatch_read_task(Connection *connection, int64_t run, int32_t task, TaskStanding **out_tasks, size_t *out_count,
                        Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(connection, "dispatch/task", VALUES(NUMBER_VALUE(run), NUMBER_VALUE(task)), &result, error))
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
