/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "config/backoff.h"
#include "ledger/record.h"
#include "task/task.h"
#include "worker/place.h"
#include "worker/report.h"

/* How soon an executor that waits notices that others could load. */
#define WAIT_STEP_MS 50

/* The service is asked for something that any task needs; of S3, the bucket that failed. */
static bool probe(Fleet *fleet, S3 *s3, const Error *failure, Error *error)
{
    switch (failure->service) {
    case SERVICE_S3:
        return !*failure->name || s3_probe(s3, failure->name, error);
    case SERVICE_WAREHOUSE:
        return connection_probe(fleet->config, error);
    case SERVICE_KAFKA:
        return report_probe(fleet, error);
    case SERVICE_TABLE:
    case SERVICE_NONE:
        return true;
    }
    return true;
}

void policy_judge(Fleet *fleet, S3 *s3, Error *error)
{
    Error reason;
    if (error->kind == ERROR_RETRY) {
        if (probe(fleet, s3, error, &reason)) {
            if (!*error->name) /* else the prober says it, and publishes what waits */
                outage_note_back(&fleet->outages, error->service, "");
            outage_note_work(&fleet->outages);
        } else if (reason.kind == ERROR_FATAL) {
            *error = reason;
        } else if (reason.kind != ERROR_INTERRUPTED) {
            error->kind = ERROR_OUTAGE;
            outage_note_lost(&fleet->outages, error);
        }
    }
    place_judge_denial(fleet, error);
}

/* Until it is back, or other datasets can be loaded and somebody wants our place. */
static bool wait_for_any(Fleet *fleet, const Error *error)
{
    while (outage_state(&fleet->outages, error->service, error->name) == OUTAGE_LOST &&
           !place_can_load_any(fleet, true)) {
        outage_note_stuck(&fleet->outages);
        if (!stop_wait_ms(WAIT_STEP_MS))
            return false;
    }
    return true;
}

/* Asks the service until it answers. A server that is full or read-only answers, and fails the next try all the same:
 * so the wait before the first question grows from try to try. */
static bool wait_for_service(Fleet *fleet, S3 *s3, const Error *error, unsigned *tries)
{
    Error reason;
    int64_t wait_ms = backoff_next_ms(backoff_of_retry(fleet->config), (*tries)++);
    outage_note_lost(&fleet->outages, error);
    for (unsigned probes = 0;; wait_ms = backoff_next_ms(backoff_of_outage(fleet->config), probes++)) {
        outage_note_stuck(&fleet->outages);
        if (!stop_wait_ms(wait_ms))
            return false;
        if (probe(fleet, s3, error, &reason))
            return true;
        if (reason.kind == ERROR_FATAL) {
            fleet_fail(fleet, &reason);
            return false;
        }
    }
}

static void set_next_try(Fleet *fleet, const Error *error, Work *work)
{
    int64_t wait_ms = backoff_next_ms(backoff_of_retry(fleet->config), work->waits++);
    work->due_ms = clock_now_ms() + wait_ms;
    log_event(LOG_WARNING, "attempt.failed", LOG_TEXT("kind", error_kind_name(error->kind)),
              LOG_TEXT("service", error_service_name(error->service)), LOG_NUMBER("wait_ms", wait_ms),
              LOG_TEXT("reason", error->message));
}

/* A Kafka that answers, and yet takes no dead letter, is no outage: only what fails needs it, so others get the place.
 */
static NextTry wait_out(Fleet *fleet, S3 *s3, const Error *error, Work *work)
{
    Error ignored;
    if (*error->name)
        return wait_for_any(fleet, error) ? TRY_NOW : TRY_NEVER;
    if (error->service == SERVICE_KAFKA && probe(fleet, s3, error, &ignored)) {
        set_next_try(fleet, error, work);
        return TRY_LATER;
    }
    return wait_for_service(fleet, s3, error, &work->waits) ? TRY_NOW : TRY_NEVER;
}

NextTry policy_next_try(Fleet *fleet, S3 *s3, const Error *error, Work *work)
{
    switch (error->kind) {
    case ERROR_RETRY:
    case ERROR_REJECT: /* by the warehouse, which does not say whose row it was: counted, and split when used up */
    case ERROR_STALE:
    case ERROR_REFUSED: /* which could not be recorded */
        set_next_try(fleet, error, work);
        return TRY_LATER;
    case ERROR_OUTAGE:
        return wait_out(fleet, s3, error, work);
    case ERROR_INTERRUPTED:
        log_event(LOG_INFO, "task.interrupted", LOG_TEXT("reason", error->message));
        return TRY_NEVER;
    case ERROR_FATAL:
        fleet_fail(fleet, error);
        return TRY_NEVER;
    }
    return TRY_NEVER;
}

/* What becomes of an object at fault, as its task's state says it. */
static const char *state_of_failure(const Fleet *fleet, const Task *task, const Error *error)
{
    if (error->kind == ERROR_STALE)
        return "released";
    for (size_t i = 0; i < fleet->config->dataset_count; i++)
        if (strcmp(fleet->config->datasets[i].name, task->dataset) == 0)
            return strcmp(fleet->config->datasets[i].on_failed_task, "skip") == 0 ? "skipped" : "failed";
    return "failed";
}

/* In the transaction that is open: rejects, state and dead letter. The letter is sent last before the commit: a death
 * in between sends it twice, never not at all. *out_ordinal is the object's task from now on, 0 where somebody settled
 * the task before us. */
static bool write_failure(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                          const Split *split, int32_t *out_ordinal, Error *error)
{
    return record_rejects(connection, task, failure->rejects.rows, failure->rejects.count, error) &&
           record_split(connection, task, split, out_ordinal, error) &&
           (*out_ordinal == 0 || strcmp(split->state, "released") == 0 ||
            report_send_dead_letter(fleet, task, failure, split->reason, error));
}

static bool record_failure(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                           const Split *split, int32_t *out_ordinal, Error *error)
{
    bool is_recorded = connection_run(connection, "BEGIN", NULL, error) && record_lock(connection, task, error) &&
                       write_failure(fleet, connection, task, failure, split, out_ordinal, error) &&
                       (*out_ordinal == 0 || connection_run(connection, "COMMIT", NULL, error));
    connection_roll_back(connection);
    return is_recorded;
}

static char *name_object(const TaskVersion *version)
{
    return memory_format("s3://%s/%s", version->bucket, version->key);
}

/* Under the id of a task that was split off: where it came from. */
static void log_made(const Task *task, const TaskVersion *version, int32_t ordinal)
{
    AUTO_FREE char *object = name_object(version);
    TaskId id = task_id_make(task->run, ordinal), from = task_id_make(task->run, task->ordinal);
    log_event(LOG_INFO, "task.made", LOG_TEXT("task", id.text), LOG_TEXT("from", from.text),
              LOG_TEXT("object", object));
}

static void log_settled(const Task *task, const LoadFailure *failure, const Split *split, int32_t ordinal)
{
    AUTO_FREE char *object = name_object(split->version);
    TaskId became = task_id_make(task->run, ordinal);
    const LogField fields[] = {LOG_TEXT("object", object),           LOG_TEXT("became", became.text),
                               LOG_NUMBER_IF("line", failure->line), LOG_TEXT_IF("column", failure->column),
                               LOG_TEXT("reason", split->reason),    {0}};
    if (strcmp(split->state, "released") == 0)
        log_write(LOG_WARNING, "object.released", fields);
    else if (strcmp(split->state, "skipped") == 0)
        log_write(LOG_WARNING, "object.skipped", fields);
    else
        log_write(LOG_WARNING, "object.failed", fields);
    if (ordinal != task->ordinal)
        log_made(task, split->version, ordinal);
}

void policy_say_lost(void)
{
    log_event(LOG_INFO, "task.lost", LOG_TEXT("reason", "another worker settled it first, or a person gave it up"));
}

/* *out_is_first is false where somebody settled the task before us: nothing of it is ours any more. */
static bool settle_object(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                          bool is_last, bool *out_is_first, Error *error)
{
    const TaskVersion *version = &task->versions[failure->version];
    Error why = failure->error;
    if (why.kind == ERROR_STALE && version->releases >= LIMIT_RELEASES)
        error_set(&why, ERROR_REJECT, "%s; it was so %" PRId64 " times before: listing and object do not agree",
                  failure->error.message, version->releases);
    const char *state = state_of_failure(fleet, task, &why);
    if (strcmp(state, "skipped") == 0)
        error_add_context(&why, "skipped, as ON_FAILED_TASK says");
    const Split split = {.version = version, .is_last = is_last, .state = state, .reason = why.message};
    int32_t ordinal = 0;
    if (!record_failure(fleet, connection, task, failure, &split, &ordinal, error))
        return false;
    *out_is_first = ordinal > 0;
    if (!*out_is_first) {
        policy_say_lost();
        return true;
    }
    log_settled(task, failure, &split, ordinal);
    report_send(fleet, fleet->worker, task, state);
    return true;
}

/* Of a task that is settled as a whole: what it is at fault for good with, else what may pass. */
static const LoadFailure *worst_failure(const LoadOutcome *outcome)
{
    const LoadFailure *worst = &outcome->failures[0];
    for (size_t i = 0; i < outcome->failure_count; i++)
        if (worst->error.kind == ERROR_STALE && outcome->failures[i].error.kind != ERROR_STALE)
            worst = &outcome->failures[i];
    return worst;
}

bool policy_split_failures(Fleet *fleet, Connection *connection, const Task *task, const LoadOutcome *outcome,
                           bool *out_is_settled, Error *error)
{
    bool is_first = true;
    if (task->is_whole || outcome->is_of_all) {
        *out_is_settled = true;
        return settle_object(fleet, connection, task, worst_failure(outcome), true, &is_first, error);
    }
    for (size_t i = 0; i < outcome->failure_count && is_first; i++)
        if (!settle_object(fleet, connection, task, &outcome->failures[i], i + 1 == task->version_count, &is_first,
                           error))
            return false;
    *out_is_settled = !is_first || outcome->failure_count == task->version_count;
    return true;
}

/* Of several objects that one new task has, the first is named. */
static bool is_first_of_task(const int32_t *ordinals, size_t version)
{
    for (size_t i = 0; i < version; i++)
        if (ordinals[i] == ordinals[version])
            return false;
    return true;
}

static void log_scattered(const Task *task, const int32_t *ordinals, const char *reason)
{
    if (ordinals[0] == 0) {
        policy_say_lost();
        return;
    }
    log_event(LOG_WARNING, "task.split", LOG_NUMBER("objects", task->version_count), LOG_TEXT("reason", reason));
    for (size_t i = 0; i < task->version_count; i++)
        if (is_first_of_task(ordinals, i))
            log_made(task, &task->versions[i], ordinals[i]);
}

bool policy_scatter(Connection *connection, const Task *task, const char *reason, Error *error)
{
    AUTO_FREE int32_t *ordinals = memory_alloc_zeroed(task->version_count, sizeof *ordinals);
    bool is_scattered = connection_run(connection, "BEGIN", NULL, error) && record_lock(connection, task, error) &&
                        record_scatter(connection, task, reason, ordinals, error) &&
                        connection_run(connection, "COMMIT", NULL, error);
    connection_roll_back(connection);
    if (is_scattered)
        log_scattered(task, ordinals, reason);
    return is_scattered;
}

static bool is_deadly(const Config *config, const Task *task)
{
    return task->crashes >= config->crashes_max ||
           (task->version_count > 1 && !task->is_whole && task->crashes >= LIMIT_CRASHES_TOGETHER);
}

bool policy_limit_attempts(Fleet *fleet, Connection *connection, const Task *task, bool *out_is_settled, Error *error)
{
    bool has_killed = is_deadly(fleet->config, task);
    if (!has_killed && task->attempts < fleet->config->attempts_max)
        return true;
    AUTO_FREE char *reason =
        has_killed ? memory_format("%" PRId32 " workers died while they loaded it; give them more memory, or skip it",
                                   task->crashes)
                   : memory_format("%" PRId32 " attempts failed, the last: %s", task->attempts, task->reason);
    *out_is_settled = true;
    if (task->version_count > 1 && !task->is_whole)
        return policy_scatter(connection, task, reason, error);
    bool is_first;
    LoadFailure failure = {.version = 0};
    error_set(&failure.error, ERROR_REJECT, "s3://%s/%.400s: %s", task->versions[0].bucket, task->versions[0].key,
              reason);
    return settle_object(fleet, connection, task, &failure, true, &is_first, error);
}

static bool refuse(Fleet *fleet, Connection *connection, const Task *task, Error *error)
{
    Error why = *error;
    if (!record_refused(connection, task, why.message, error))
        return false;
    bool is_news = refusals_are_news(&fleet->refusals, task->dataset, why.message);
    log_event(is_news ? LOG_WARNING : LOG_DEBUG, "task.refused", LOG_TEXT("reason", why.message));
    report_send(fleet, fleet->worker, task, "refused");
    return true;
}

bool policy_put_off(Fleet *fleet, Connection *connection, const Task *task, bool is_quiet, Error *error)
{
    if (error->kind == ERROR_REFUSED)
        return refuse(fleet, connection, task, error);
    return error->kind == ERROR_OUTAGE && *error->name && place_can_load_any(fleet, true) &&
           place_give_up(fleet, connection, task, is_quiet, error);
}
