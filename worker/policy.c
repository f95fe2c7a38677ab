/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/stop.h"
#include "db/record.h"
#include "worker/report.h"

/* The probe that tells a RETRY from an OUTAGE: the service is asked for something that any task needs. */
static bool probe(Fleet *fleet, S3 *s3, ErrorService service)
{
    Error ignored;
    if (service == SERVICE_WAREHOUSE)
        return connection_probe(fleet->config, &ignored);
    if (service != SERVICE_S3)
        return true;
    Slice bucket, prefix;
    if (fleet->config->dataset_count == 0 ||
        !s3_url_parse(fleet->config->datasets[0].location, &bucket, &prefix, &ignored))
        return true;
    char name[64];
    snprintf(name, sizeof name, "%.*s", SLICE_ARGUMENTS(bucket));
    return s3_probe(s3, name, &ignored);
}

static bool wait_before_retry(const Config *config, PolicyState *state)
{
    Backoff backoff = {.base_ms = config->backoff_base_ms, .wait_ms_max = config->backoff_wait_ms_max};
    return stop_wait_ms(backoff_wait_ms(backoff, state->waits++, (uint64_t)random()));
}

bool policy_decide(Fleet *fleet, Error *error, S3 *s3, Attempt *attempt, PolicyState *state)
{
    if (error->kind == ERROR_RETRY && !probe(fleet, s3, error->service))
        error->kind = ERROR_OUTAGE;
    attempt_set_outcome(attempt, error_kind_name(error->kind), error->message);
    switch (error->kind) {
    case ERROR_RETRY:
    case ERROR_REJECT: /* by the warehouse, which does not say whose row it was: counted, and split when used up */
    case ERROR_STALE:
        state->is_in_outage = false;
        log_event(LOG_WARNING, "attempt.failed", LOG_TEXT("reason", error->message));
        return wait_before_retry(fleet->config, state);
    case ERROR_OUTAGE:
        if (!state->is_in_outage)
            log_event(LOG_WARNING, "service.lost", LOG_TEXT("reason", error->message));
        state->is_in_outage = true;
        return wait_before_retry(fleet->config, state);
    case ERROR_INTERRUPTED:
        log_event(LOG_INFO, "task.interrupted", LOG_TEXT("reason", error->message));
        return false;
    case ERROR_FATAL:
        log_event(LOG_ERROR, "worker.failed", LOG_TEXT("reason", error->message));
        atomic_store(&fleet->is_fatal, true);
        stop_request();
        return false;
    }
    return false;
}

/* rejects and state in one transaction; false in *out_is_first where somebody settled the task before us. */
static bool record_failure(Connection *connection, const Task *task, const LoadFailure *failure, bool is_last,
                           bool *out_is_first, Error *error)
{
    const Split split = {.version = &task->versions[failure->version],
                         .is_last = is_last,
                         .state = failure->error.kind == ERROR_STALE ? "released" : "failed",
                         .reason = failure->error.message};
    bool is_recorded = connection_run(connection, "BEGIN", NULL, error) &&
                       record_rejects(connection, task, failure->rejects.rows, failure->rejects.count, error) &&
                       record_split(connection, task, &split, out_is_first, error) &&
                       (!*out_is_first || connection_run(connection, "COMMIT", NULL, error));
    connection_roll_back(connection);
    return is_recorded;
}

static bool settle_object(Fleet *fleet, Connection *connection, const Task *task, const LoadFailure *failure,
                          bool is_last, Error *error)
{
    bool is_stale = failure->error.kind == ERROR_STALE, is_first = false;
    if (!record_failure(connection, task, failure, is_last, &is_first, error))
        return false;
    if (!is_first)
        return true;
    log_event(LOG_WARNING, is_stale ? "object.released" : "object.failed", LOG_TEXT("reason", failure->error.message));
    if (!is_stale)
        report_send_dead_letter(fleet, task, failure);
    report_send(fleet, fleet->worker, task, is_stale ? "released" : "failed");
    return true;
}

bool policy_split_failures(Fleet *fleet, Connection *connection, const Task *task, const LoadOutcome *outcome,
                           Error *error)
{
    for (size_t i = 0; i < outcome->failure_count; i++)
        if (!settle_object(fleet, connection, task, &outcome->failures[i], i + 1 == task->version_count, error))
            return false;
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

bool policy_limit_attempts(Fleet *fleet, Connection *connection, const Task *task, bool *out_is_settled, Error *error)
{
    const Config *config = fleet->config;
    bool is_deadly = task->crashes >= config->crashes_max;
    if (!is_deadly && task->attempts < config->attempts_max)
        return true;
    char reason[160];
    if (is_deadly)
        snprintf(reason, sizeof reason,
                 "%" PRId32 " workers died while they loaded it; give them more memory, or skip it", task->crashes);
    else
        snprintf(reason, sizeof reason, "%" PRId32 " attempts failed; their reasons stand in copyfleet.attempts",
                 task->attempts);
    *out_is_settled = true;
    if (task->version_count > 1)
        return scatter(connection, task, reason, error);
    LoadFailure failure = {.version = 0};
    error_set(&failure.error, ERROR_REJECT, "s3://%s/%.400s: %s", task->versions[0].bucket, task->versions[0].key,
              reason);
    return settle_object(fleet, connection, task, &failure, true, error);
}
