/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "db/record.h"
#include "worker/report.h"

static bool probe_s3(S3 *s3, const Dataset *dataset, Error *error)
{
    Slice bucket, prefix;
    if (!dataset)
        return true;
    if (!s3_url_parse(dataset->location, &bucket, &prefix, error))
        return false;
    AUTO_FREE char *name = memory_copy_slice(bucket);
    return s3_probe(s3, name, error);
}

/* The service is asked for something that any task needs. */
bool policy_probe(Fleet *fleet, S3 *s3, const Dataset *dataset, ErrorService service, Error *error)
{
    switch (service) {
    case SERVICE_S3:
        return probe_s3(s3, dataset, error);
    case SERVICE_WAREHOUSE:
        return connection_probe(fleet->config, error);
    case SERVICE_KAFKA:
        return report_probe(fleet, error);
    case SERVICE_NONE:
        return true;
    }
    return true;
}

void policy_judge(Fleet *fleet, S3 *s3, const Dataset *dataset, Error *error)
{
    Error reason;
    if (error->kind != ERROR_RETRY)
        return;
    if (policy_probe(fleet, s3, dataset, error->service, &reason)) {
        outage_note_back(&fleet->outages, error->service);
        outage_note_work(&fleet->outages);
    } else if (reason.kind == ERROR_FATAL) {
        *error = reason;
    } else if (reason.kind != ERROR_INTERRUPTED) {
        error->kind = ERROR_OUTAGE;
    }
}

/* Asks the service until it answers: a task that was tried in its place would leave an attempt in the ledger each time.
 * A full or read-only server answers, so it is not back before a task got through. */
static bool wait_out(Fleet *fleet, S3 *s3, const Dataset *dataset, const Error *error, unsigned *waits)
{
    Error reason;
    outage_note_lost(&fleet->outages, error);
    do {
        outage_note_stuck(&fleet->outages);
        if (!stop_wait_ms(backoff_next_ms(backoff_of_outage(fleet->config), (*waits)++)))
            return false;
        if (policy_probe(fleet, s3, dataset, error->service, &reason))
            return true;
    } while (reason.kind != ERROR_FATAL);
    fleet_fail(fleet, &reason);
    return false;
}

bool policy_wait(Fleet *fleet, S3 *s3, const Dataset *dataset, Error *error, unsigned *waits)
{
    switch (error->kind) {
    case ERROR_RETRY:
    case ERROR_REJECT: /* by the warehouse, which does not say whose row it was: counted, and split when used up */
    case ERROR_STALE:
    case ERROR_REFUSED: /* which could not be recorded */
        log_event(LOG_WARNING, "attempt.failed", LOG_TEXT("reason", error->message));
        return stop_wait_ms(backoff_next_ms(backoff_of_retry(fleet->config), (*waits)++));
    case ERROR_OUTAGE:
        return wait_out(fleet, s3, dataset, error, waits);
    case ERROR_INTERRUPTED:
        log_event(LOG_INFO, "task.interrupted", LOG_TEXT("reason", error->message));
        return false;
    case ERROR_FATAL:
        fleet_fail(fleet, error);
        return false;
    }
    return false;
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
 * in between sends it twice, never not at all. False in *out_is_first where somebody settled the task before us. */
static bool write_failure(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                          const Split *split, bool *out_is_first, Error *error)
{
    return record_rejects(connection, task, failure->rejects.rows, failure->rejects.count, error) &&
           record_split(connection, task, split, out_is_first, error) &&
           (!*out_is_first || strcmp(split->state, "released") == 0 ||
            report_send_dead_letter(fleet, task, failure, split->reason, error));
}

static bool record_failure(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                           const Split *split, bool *out_is_first, Error *error)
{
    bool is_recorded = connection_run(connection, "BEGIN", NULL, error) &&
                       write_failure(fleet, connection, task, failure, split, out_is_first, error) &&
                       (!*out_is_first || connection_run(connection, "COMMIT", NULL, error));
    connection_roll_back(connection);
    return is_recorded;
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
    if (!record_failure(fleet, connection, task, failure, &split, out_is_first, error))
        return false;
    if (!*out_is_first)
        return true;
    char event[32];
    snprintf(event, sizeof event, "object.%s", state);
    log_event(LOG_WARNING, event, LOG_TEXT("reason", why.message));
    report_send(fleet, fleet->worker, task, state);
    return true;
}

bool policy_split_failures(Fleet *fleet, Connection *connection, const Task *task, const LoadOutcome *outcome,
                           bool *out_is_settled, Error *error)
{
    bool is_first = true;
    for (size_t i = 0; i < outcome->failure_count && is_first; i++)
        if (!settle_object(fleet, connection, task, &outcome->failures[i], i + 1 == task->version_count, &is_first,
                           error))
            return false;
    *out_is_settled = !is_first || outcome->failure_count == task->version_count;
    return true;
}

static bool scatter(Connection *connection, const Task *task, const char *reason, Error *error)
{
    bool is_scattered = connection_run(connection, "BEGIN", NULL, error) &&
                        record_scatter(connection, task, reason, error) &&
                        connection_run(connection, "COMMIT", NULL, error);
    connection_roll_back(connection);
    if (is_scattered)
        log_event(LOG_WARNING, "task.split", LOG_NUMBER("objects", task->version_count), LOG_TEXT("reason", reason));
    return is_scattered;
}

static bool is_deadly(const Config *config, const Task *task)
{
    return task->crashes >= config->crashes_max || (task->version_count > 1 && task->crashes >= LIMIT_CRASHES_TOGETHER);
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
    if (task->version_count > 1)
        return scatter(connection, task, reason, error);
    bool is_first;
    LoadFailure failure = {.version = 0};
    error_set(&failure.error, ERROR_REJECT, "s3://%s/%.400s: %s", task->versions[0].bucket, task->versions[0].key,
              reason);
    return settle_object(fleet, connection, task, &failure, true, &is_first, error);
}

bool policy_refuse(Fleet *fleet, Connection *connection, const Task *task, Error *error)
{
    Error why = *error;
    if (!record_refused(connection, task, why.message, error))
        return false;
    log_event(LOG_WARNING, "task.refused", LOG_TEXT("dataset", task->dataset), LOG_TEXT("reason", why.message));
    report_send(fleet, fleet->worker, task, "refused");
    return true;
}
