/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/progress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/statement.h"

/* Events of one look; those before them are only counted. */
#define EVENTS_MAX 20

/* Longer than the time between an event and its commit, which waits for a dead letter (LIMIT_DEAD_LETTER_MS). */
#define EVENTS_BACK_MS 15000

enum { RESULT_COUNTS, RESULT_WORKERS, RESULT_EVENTS };

bool progress_begin(Progress *progress, Connection *connection, Error *error)
{
    return progress->begun.pg || statement_run(connection, "progress/begin", NO_VALUES, &progress->begun, error) ||
           error_add_context(error, "beginning to count");
}

static void take_counts(const Result *result, size_t i, ProgressCounts *counts, int64_t *out_runs_open)
{
    ResultRow row = result_row(result, i);
    counts->dataset = result_next_text_or_null(&row);
    counts->tasks = result_next_number(&row);
    counts->tasks_planned = result_next_number(&row);
    counts->tasks_loading = result_next_number(&row);
    counts->tasks_waiting = result_next_number(&row);
    counts->tasks_refused = result_next_number(&row);
    counts->tasks_failed = result_next_number(&row);
    counts->objects = result_next_number(&row);
    counts->objects_settled = result_next_number(&row);
    counts->bytes = result_next_number(&row);
    counts->bytes_done = result_next_number(&row);
    counts->rows = result_next_number(&row);
    counts->rejects = result_next_number(&row);
    counts->attempts = result_next_number(&row);
    counts->loading_ms = result_next_number(&row);
    counts->retry_ms = result_next_number(&row);
    counts->reason = result_next_text(&row);
    *out_runs_open = result_next_number(&row);
    result_row_end(&row);
}

static bool read_counts(Progress *progress, Connection *connection, const StatementValue scope[3], Error *error)
{
    Result *result = &progress->results[RESULT_COUNTS];
    if (!statement_run(connection, "progress/counts", (Values){scope, 3}, result, error))
        return false;
    take_counts(result, 0, &progress->total, &progress->runs_open);
    progress->dataset_count = result_row_count(result) - 1;
    progress->datasets = memory_alloc_zeroed(progress->dataset_count + 1, sizeof *progress->datasets);
    for (size_t i = 0; i < progress->dataset_count; i++)
        take_counts(result, i + 1, &progress->datasets[i], &progress->runs_open);
    return true;
}

static bool read_workers(Progress *progress, Connection *connection, size_t workers_max, Error *error)
{
    Result *result = &progress->results[RESULT_WORKERS];
    if (!statement_run(connection, "progress/workers", VALUES(NUMBER_VALUE(workers_max)), result, error))
        return false;
    progress->worker_count = result_row_count(result);
    progress->workers = memory_alloc_zeroed(progress->worker_count + 1, sizeof *progress->workers);
    for (size_t i = 0; i < progress->worker_count; i++) {
        ProgressWorker *worker = &progress->workers[i];
        ResultRow row = result_row(result, i);
        worker->worker = result_next_text(&row);
        worker->run = result_next_number(&row);
        worker->task = result_next_number(&row);
        worker->attempt = result_next_number(&row);
        worker->dataset = result_next_text(&row);
        worker->partition = result_next_text(&row);
        worker->ms = result_next_number(&row);
        progress->workers_all = result_next_number(&row);
        result_row_end(&row);
    }
    return true;
}

static bool was_seen(const Progress *before, const ProgressEvent *event)
{
    for (size_t i = 0; i < before->event_count; i++) {
        const ProgressEvent *seen = &before->events[i];
        if (seen->run == event->run && seen->task == event->task && seen->attempt == event->attempt &&
            strcmp(seen->outcome, event->outcome) == 0)
            return true;
    }
    return false;
}

/* The window of one look begins within the one before it, so an event is new if the last look did not show it. */
static bool read_events(Progress *progress, Connection *connection, const Progress *before,
                        const StatementValue scope[3], Error *error)
{
    int64_t since_ms = before->read_ms > 0 ? progress->read_ms - before->read_ms : 0;
    const Values values =
        VALUES(scope[0], scope[1], scope[2], NUMBER_VALUE(since_ms + EVENTS_BACK_MS), NUMBER_VALUE(EVENTS_MAX));
    Result *result = &progress->results[RESULT_EVENTS];
    if (!statement_run(connection, "progress/events", values, result, error))
        return false;
    progress->event_count = result_row_count(result);
    progress->events = memory_alloc_zeroed(progress->event_count + 1, sizeof *progress->events);
    for (size_t i = 0; i < progress->event_count; i++) {
        ProgressEvent *event = &progress->events[i];
        ResultRow row = result_row(result, i);
        event->run = result_next_number(&row);
        event->task = result_next_number(&row);
        event->attempt = result_next_number(&row);
        event->dataset = result_next_text(&row);
        event->partition = result_next_text(&row);
        event->outcome = result_next_text(&row);
        event->reason = result_next_text(&row);
        progress->events_all = result_next_number(&row);
        result_row_end(&row);
        event->is_new = !was_seen(before, event);
    }
    return true;
}

static void forget(Progress *progress)
{
    for (size_t i = 0; i < sizeof progress->results / sizeof *progress->results; i++)
        result_done(&progress->results[i]);
    free(progress->datasets);
    free(progress->workers);
    free(progress->events);
}

bool progress_read(Progress *progress, Connection *connection, size_t workers_max, Error *error)
{
    assert(progress->begun.pg);
    StatementValue scope[3];
    ResultRow begun = result_row(&progress->begun, 0);
    for (size_t i = 0; i < sizeof scope / sizeof *scope; i++)
        scope[i] = TEXT_VALUE(result_next_text(&begun));
    result_row_end(&begun);
    Progress now = {.begun = progress->begun, .read_ms = clock_now_ms()};
    if (!read_counts(&now, connection, scope, error) ||
        (workers_max > 0 && !read_workers(&now, connection, workers_max, error)) ||
        !read_events(&now, connection, progress, scope, error)) {
        forget(&now);
        return error_add_context(error, "reading the progress");
    }
    forget(progress);
    *progress = now;
    return true;
}

bool progress_is_at_rest(const Progress *progress)
{
    const ProgressCounts *all = &progress->total;
    return all->tasks_planned == all->tasks_refused &&
           (progress->runs_open == 0 || all->tasks_refused > 0 || all->tasks_failed > 0);
}

void progress_done(Progress *progress)
{
    forget(progress);
    result_done(&progress->begun);
    *progress = (Progress){0};
}
