/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/sql.h"

/* Events of one look; those before them are only counted. */
#define EVENTS_MAX "20"

/* Longer than the time between an event and its commit, which waits for a dead letter (LIMIT_DEAD_LETTER_MS). */
#define EVENTS_BACK_MS 15000

enum { RESULT_COUNTS, RESULT_WORKERS, RESULT_EVENTS };

bool progress_begin(Progress *progress, Connection *connection, Error *error)
{
    return progress->begun.pg || statement_run(connection, "progress/begin", NULL, 0, &progress->begun, error) ||
           error_add_context(error, "beginning to count");
}

static void take_counts(const Result *result, size_t row, ProgressCounts *out_counts)
{
    bool is_total = result_is_null(result, row, 0);
    *out_counts = (ProgressCounts){.dataset = is_total ? NULL : result_text(result, row, 0),
                                   .tasks = result_number(result, row, 1),
                                   .tasks_planned = result_number(result, row, 2),
                                   .tasks_loading = result_number(result, row, 3),
                                   .tasks_waiting = result_number(result, row, 4),
                                   .tasks_refused = result_number(result, row, 5),
                                   .tasks_failed = result_number(result, row, 6),
                                   .objects = result_number(result, row, 7),
                                   .objects_settled = result_number(result, row, 8),
                                   .bytes = result_number(result, row, 9),
                                   .bytes_done = result_number(result, row, 10),
                                   .rows = result_number(result, row, 11),
                                   .rejects = result_number(result, row, 12),
                                   .attempts = result_number(result, row, 13),
                                   .loading_ms = result_number(result, row, 14),
                                   .retry_ms = result_number(result, row, 15),
                                   .reason = result_text(result, row, 16)};
}

static bool read_counts(Progress *progress, Connection *connection, const char *const scope[3], Error *error)
{
    Result *result = &progress->results[RESULT_COUNTS];
    if (!statement_run(connection, "progress/counts", scope, 3, result, error))
        return false;
    take_counts(result, 0, &progress->total);
    progress->runs_open = result_number(result, 0, 17);
    progress->dataset_count = result_row_count(result) - 1;
    progress->datasets = memory_alloc_zeroed(progress->dataset_count + 1, sizeof *progress->datasets);
    for (size_t i = 0; i < progress->dataset_count; i++)
        take_counts(result, i + 1, &progress->datasets[i]);
    return true;
}

static bool read_workers(Progress *progress, Connection *connection, size_t workers_max, Error *error)
{
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", workers_max);
    const char *values[] = {limit};
    Result *result = &progress->results[RESULT_WORKERS];
    if (!statement_run(connection, "progress/workers", values, 1, result, error))
        return false;
    progress->worker_count = result_row_count(result);
    progress->workers_all = progress->worker_count > 0 ? result_number(result, 0, 7) : 0;
    progress->workers = memory_alloc_zeroed(progress->worker_count + 1, sizeof *progress->workers);
    for (size_t i = 0; i < progress->worker_count; i++)
        progress->workers[i] = (ProgressWorker){.worker = result_text(result, i, 0),
                                                .run = result_number(result, i, 1),
                                                .task = result_number(result, i, 2),
                                                .attempt = result_number(result, i, 3),
                                                .dataset = result_text(result, i, 4),
                                                .partition = result_text(result, i, 5),
                                                .ms = result_number(result, i, 6)};
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

/* The window of one look begins within the one before it, so what is new is what that did not show. */
static bool read_events(Progress *progress, Connection *connection, const Progress *before, const char *const scope[3],
                        Error *error)
{
    char window_ms[24];
    int64_t since_ms = before->read_ms > 0 ? progress->read_ms - before->read_ms : 0;
    snprintf(window_ms, sizeof window_ms, "%" PRId64, since_ms + EVENTS_BACK_MS);
    const char *values[] = {scope[0], scope[1], scope[2], window_ms, EVENTS_MAX};
    Result *result = &progress->results[RESULT_EVENTS];
    if (!statement_run(connection, "progress/events", values, 5, result, error))
        return false;
    progress->event_count = result_row_count(result);
    progress->events_all = progress->event_count > 0 ? result_number(result, 0, 7) : 0;
    progress->events = memory_alloc_zeroed(progress->event_count + 1, sizeof *progress->events);
    for (size_t i = 0; i < progress->event_count; i++) {
        ProgressEvent event = {.run = result_number(result, i, 0),
                               .task = result_number(result, i, 1),
                               .attempt = result_number(result, i, 2),
                               .dataset = result_text(result, i, 3),
                               .partition = result_text(result, i, 4),
                               .outcome = result_text(result, i, 5),
                               .reason = result_text(result, i, 6)};
        event.is_new = !was_seen(before, &event);
        progress->events[i] = event;
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
    const Result *begun = &progress->begun;
    const char *const scope[] = {result_text(begun, 0, 0), result_text(begun, 0, 1), result_text(begun, 0, 2)};
    Progress now = {.begun = *begun, .read_ms = clock_now_ms()};
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

void progress_done(Progress *progress)
{
    forget(progress);
    result_done(&progress->begun);
    *progress = (Progress){0};
}
