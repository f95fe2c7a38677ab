/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/failure.h"

#include <assert.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/stop.h"
#include "worker/place.h"
#include "worker/report.h"

/* The service is asked for something that any task needs; of S3, the bucket that failed. */
static bool probe(Fleet *fleet, S3 *s3, const Error *failure, Error *error)
{
    switch (failure->service) {
    case SERVICE_S3:
        return !*failure->name || s3_probe(s3, failure->name, error);
    case SERVICE_WAREHOUSE:
        return connection_probe(&fleet->config->warehouse, error);
    case SERVICE_KAFKA:
        return report_probe(fleet, error);
    case SERVICE_TABLE:
    case SERVICE_NONE:
        return true;
    }
    return true;
}

static void judge_by_probe(Fleet *fleet, S3 *s3, Error *error)
{
    Error reason;
    if (probe(fleet, s3, error, &reason)) {
        if (!*error->name) /* the prober says that a bucket or table is back, and publishes what waits */
            outage_note_back(&fleet->outages, error->service, "");
        outage_note_work(&fleet->outages);
    } else if (error_is_lasting(&reason) || reason.kind == ERROR_INTERRUPTED) {
        *error = reason;
    } else {
        error->kind = ERROR_OUTAGE;
        outage_note_lost(&fleet->outages, error);
    }
}

void failure_judge(Fleet *fleet, S3 *s3, Error *error)
{
    if (error->kind == ERROR_RETRY)
        judge_by_probe(fleet, s3, error);
    place_judge_denial(fleet, error);
    if (error->kind == ERROR_DENIED) {
        error_set_name(error, ""); /* of S3: all buckets are denied */
        outage_note_lost(&fleet->outages, error);
        error->kind = ERROR_OUTAGE;
    }
    assert(error->kind != ERROR_DENIED);
}

PolicyAction failure_decide_claimed(Fleet *fleet, const Error *error)
{
    const PolicyFailure failure = {.kind = error->kind,
                                   .service = error->service,
                                   .is_named = *error->name != '\0',
                                   .is_claimed = true,
                                   .can_load_others = place_can_load_any(fleet, true)};
    return policy_after_failure(&failure);
}

/* Until it is back, or until other datasets can be loaded and so somebody wants our place. */
static NextTry wait_for_any(Fleet *fleet, const Error *error)
{
    uint64_t seen = outage_changes(&fleet->outages);
    while (outage_state(&fleet->outages, error->service, error->name) == OUTAGE_LOST &&
           !place_can_load_any(fleet, true)) {
        outage_note_stuck(&fleet->outages);
        if (!outage_wait_for_change(&fleet->outages, &seen, INT64_MAX))
            return TRY_NEVER;
    }
    return TRY_NOW;
}

/* S3 denies everything. The wait ends once one bucket denies it no more, which the prober finds out. The prober does
 * not know how to ask for every right, so the task itself tries again after some time. */
static NextTry wait_for_rights(Fleet *fleet, unsigned *tries)
{
    uint64_t seen = outage_changes(&fleet->outages);
    int64_t end_ms = clock_now_ms() + retry_next_ms(fleet->config->fleet.backoff, (*tries)++);
    while (clock_now_ms() < end_ms && !place_can_load_any(fleet, false)) {
        outage_note_stuck(&fleet->outages);
        if (!outage_wait_for_change(&fleet->outages, &seen, end_ms))
            return TRY_NEVER;
    }
    return TRY_NOW;
}

/* Asks the service until it answers. A server that is full or read-only answers, and fails the next try all the same:
 * so the wait before the first question grows from try to try. Nobody tells of the return, so these waits are by the
 * clock; a stop is a flag that a signal's handler sets, at which stop_wait_ms looks. */
static NextTry wait_for_service(Fleet *fleet, S3 *s3, const Error *error, unsigned *tries)
{
    Error reason;
    int64_t wait_ms = retry_next_ms(fleet->config->fleet.backoff, (*tries)++);
    outage_note_lost(&fleet->outages, error);
    for (unsigned probes = 0;; wait_ms = retry_next_ms(fleet->config->fleet.outage_backoff, probes++)) {
        outage_note_stuck(&fleet->outages);
        if (!stop_wait_ms(wait_ms))
            return TRY_NEVER;
        if (probe(fleet, s3, error, &reason))
            return TRY_NOW;
        if (reason.kind == ERROR_DENIED)
            outage_note_lost(&fleet->outages, &reason);
        if (reason.kind == ERROR_FATAL) {
            fleet_fail(fleet, &reason);
            return TRY_NEVER;
        }
    }
}

/* The wait grows with all attempts of the task, not only with those of this delivery. */
static NextTry put_off(Fleet *fleet, const Error *error, Work *work)
{
    if (work->attempt > 0 && (unsigned)work->attempt - 1 > work->waits)
        work->waits = (unsigned)work->attempt - 1;
    int64_t wait_ms = retry_next_ms(fleet->config->fleet.backoff, work->waits++);
    work->due_ms = clock_now_ms() + wait_ms;
    log_event(LOG_WARNING, "attempt.failed", LOG_TEXT("kind", error_kind_name(error->kind)),
              LOG_TEXT("service", error_service_name(error->service)), LOG_NUMBER("wait_ms", wait_ms),
              LOG_TEXT("reason", error->message));
    return TRY_LATER;
}

static PolicyAction decide(Fleet *fleet, S3 *s3, const Error *error)
{
    Error ignored;
    bool is_doubtful = error->kind == ERROR_OUTAGE && error->service == SERVICE_KAFKA && !*error->name;
    const PolicyFailure failure = {.kind = error->kind,
                                   .service = error->service,
                                   .is_named = *error->name != '\0',
                                   .is_answering = is_doubtful && probe(fleet, s3, error, &ignored)};
    return policy_after_failure(&failure);
}

NextTry failure_answer(Fleet *fleet, S3 *s3, const Error *error, Work *work)
{
    switch (decide(fleet, s3, error)) {
    case POLICY_TRY_LATER:
        return put_off(fleet, error, work);
    case POLICY_WAIT_FOR_ANY:
        return wait_for_any(fleet, error);
    case POLICY_WAIT_FOR_RIGHTS:
        return wait_for_rights(fleet, &work->waits);
    case POLICY_WAIT_FOR_SERVICE:
        return wait_for_service(fleet, s3, error, &work->waits);
    case POLICY_END_WORKER:
        fleet_fail(fleet, error);
        return TRY_NEVER;
    case POLICY_STOP:
        log_event(LOG_INFO, "task.interrupted", LOG_TEXT("reason", error->message));
        return TRY_NEVER;
    case POLICY_REFUSE: /* of a claimed task only */
    case POLICY_GIVE_BACK:
        break;
    }
    assert(false);
    return TRY_NEVER;
}
