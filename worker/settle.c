/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/settle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "db/transaction.h"
#include "ledger/record.h"
#include "worker/report.h"

static bool may_settle(const Settlement *settlement)
{
    return settlement->task->claim != TASK_UNCLAIMED && !connection_is_in_transaction(settlement->connection);
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

/* An object at fault, and what becomes of it. */
typedef struct ObjectEnd {
    const LoadFailure *failure;
    PolicyObject verdict;
    Split split;
} ObjectEnd;

/* The dead letter is sent last before the commit. If the worker dies before the commit, the letter is sent again; it is
 * never left out. */
static TaskEnd write_object(const Settlement *settlement, const ObjectEnd *object, int32_t *out_ordinal, Error *error)
{
    const Task *task = settlement->task;
    const Rejects *rejects = &object->failure->rejects;
    if (!record_rejects(settlement->connection, task, rejects->rows, rejects->count, error))
        return TASK_FAILED;
    TaskEnd end = record_split(settlement->connection, task, &object->split, out_ordinal, error);
    bool has_letter = (end == TASK_LEFT || end == TASK_SETTLED) && object->verdict != POLICY_OBJECT_RELEASED;
    if (has_letter && !report_send_dead_letter(settlement->fleet, task, object->failure, object->split.reason, error))
        return TASK_FAILED;
    return end;
}

/* begin → lock → rejects, state, dead letter → commit. */
static TaskEnd record_object(const Settlement *settlement, const ObjectEnd *object, int32_t *out_ordinal, Error *error)
{
    AUTO_TRANSACTION transaction = {0};
    if (!transaction_begin(&transaction, settlement->connection, TRANSACTION_PLAIN, error) ||
        !record_lock(settlement->connection, settlement->task, error))
        return TASK_FAILED;
    TaskEnd end = write_object(settlement, object, out_ordinal, error);
    if (end != TASK_LEFT && end != TASK_SETTLED)
        return end;
    return transaction_commit(&transaction, error) ? end : TASK_FAILED;
}

static void log_object(const Task *task, const ObjectEnd *end, int32_t ordinal)
{
    AUTO_FREE char *object = name_object(end->split.version);
    TaskId became = task_id_make(task->run, ordinal);
    const LogField fields[] = {LOG_TEXT("object", object),
                               LOG_TEXT("became", became.text),
                               LOG_NUMBER_IF("line", end->failure->line),
                               LOG_TEXT_IF("column", end->failure->column),
                               LOG_TEXT("reason", end->split.reason),
                               {0}};
    switch (end->verdict) {
    case POLICY_OBJECT_RELEASED:
        log_write(LOG_WARNING, "object.released", fields);
        break;
    case POLICY_OBJECT_SKIPPED:
        log_write(LOG_WARNING, "object.skipped", fields);
        break;
    case POLICY_OBJECT_FAILED:
        log_write(LOG_WARNING, "object.failed", fields);
        break;
    }
    if (ordinal != task->ordinal)
        log_made(task, end->split.version, ordinal);
}

/* is_last: the task has no other object left, or is settled as a whole. LEFT, SETTLED, LOST or FAILED. */
static TaskEnd settle_object(const Settlement *settlement, const LoadFailure *failure, bool is_last, Error *error)
{
    assert(failure->version < settlement->task->version_count);
    const TaskVersion *version = &settlement->task->versions[failure->version];
    bool skips = settlement->dataset->on_failed_task == ON_FAILED_TASK_SKIP;
    PolicyObject verdict = policy_of_object(failure->error.kind, version->releases, skips);
    Error why = failure->error;
    if (why.kind == ERROR_STALE && verdict != POLICY_OBJECT_RELEASED)
        error_set(&why, ERROR_REJECT, "%s; it was so %" PRId64 " times before: listing and object do not agree",
                  failure->error.message, version->releases);
    if (verdict == POLICY_OBJECT_SKIPPED)
        error_add_context(&why, "skipped, as ON_FAILED_TASK says");
    const char *state = policy_object_state(verdict);
    const ObjectEnd object = {
        .failure = failure,
        .verdict = verdict,
        .split = {.version = version, .is_last = is_last, .state = state, .reason = why.message},
    };
    int32_t ordinal;
    TaskEnd end = record_object(settlement, &object, &ordinal, error);
    if (end != TASK_LEFT && end != TASK_SETTLED)
        return end;
    log_object(settlement->task, &object, ordinal);
    report_send(settlement->fleet, settlement->fleet->worker, settlement->task, state);
    return end;
}

/* Each object at fault, one after the other: those before a failure or a loss stay settled. */
static TaskEnd settle_objects(const Settlement *settlement, const LoadOutcome *outcome, Error *error)
{
    TaskEnd end = TASK_LEFT;
    for (size_t i = 0; i < outcome->failure_count && end == TASK_LEFT; i++)
        end = settle_object(settlement, &outcome->failures[i], i + 1 == settlement->task->version_count, error);
    return end;
}

/* Of a task that is settled as a whole: a failure for good if there is one, else one that may pass. */
static const LoadFailure *worst_failure(const LoadOutcome *outcome)
{
    const LoadFailure *worst = &outcome->failures[0];
    for (size_t i = 0; i < outcome->failure_count; i++)
        if (worst->error.kind == ERROR_STALE && outcome->failures[i].error.kind != ERROR_STALE)
            worst = &outcome->failures[i];
    return worst;
}

/* If a new task has several objects, the first of them is named. */
static bool is_first_of_task(const int32_t *ordinals, size_t version)
{
    for (size_t i = 0; i < version; i++)
        if (ordinals[i] == ordinals[version])
            return false;
    return true;
}

static void log_scattered(const Task *task, const int32_t *ordinals, const char *reason)
{
    log_event(LOG_WARNING, "task.split", LOG_NUMBER("objects", task->version_count), LOG_TEXT("reason", reason));
    for (size_t i = 0; i < task->version_count; i++)
        if (is_first_of_task(ordinals, i))
            log_made(task, &task->versions[i], ordinals[i]);
}

/* begin → lock → smaller tasks → commit. */
static TaskEnd record_scattered(const Settlement *settlement, const char *reason, int32_t *out_ordinals, Error *error)
{
    AUTO_TRANSACTION transaction = {0};
    if (!transaction_begin(&transaction, settlement->connection, TRANSACTION_PLAIN, error) ||
        !record_lock(settlement->connection, settlement->task, error))
        return TASK_FAILED;
    TaskEnd end = record_scatter(settlement->connection, settlement->task, reason, out_ordinals, error);
    if (end != TASK_SETTLED)
        return end;
    return transaction_commit(&transaction, error) ? end : TASK_FAILED;
}

static TaskEnd scatter(const Settlement *settlement, const char *reason, Error *error)
{
    assert(policy_may_split(settlement->task));
    AUTO_FREE int32_t *ordinals = memory_alloc_zeroed(settlement->task->version_count, sizeof *ordinals);
    TaskEnd end = record_scattered(settlement, reason, ordinals, error);
    if (end == TASK_SETTLED)
        log_scattered(settlement->task, ordinals, reason);
    return end;
}

TaskEnd settle_used_up(const Settlement *settlement, PolicyLimit limit, Error *error)
{
    const Task *task = settlement->task;
    assert(may_settle(settlement) && limit != POLICY_WITHIN_LIMITS && task->version_count > 0);
    AUTO_FREE char *reason =
        limit == POLICY_CRASHES_USED_UP
            ? memory_format("%" PRId32 " workers died while they loaded it; give them more memory, or skip it",
                            task->crashes)
            : memory_format("%" PRId32 " attempts failed, the last: %s", task->attempts, task->reason);
    if (policy_may_split(task))
        return scatter(settlement, reason, error);
    LoadFailure failure = {.version = 0};
    error_set(&failure.error, ERROR_REJECT, "s3://%s/%.400s: %s", task->versions[0].bucket, task->versions[0].key,
              reason);
    return settle_object(settlement, &failure, true, error);
}

TaskEnd settle_faults(const Settlement *settlement, TaskEnd end, const LoadOutcome *outcome, Error *error)
{
    assert(may_settle(settlement));
    assert(end == TASK_OBJECTS_FAULTY || end == TASK_FAULTY || end == TASK_FAULT_UNKNOWN);
    assert(end == TASK_FAULT_UNKNOWN ? *outcome->blame.message != '\0' : outcome->failure_count > 0);
    if (end == TASK_FAULT_UNKNOWN)
        return scatter(settlement, outcome->blame.message, error);
    if (end == TASK_FAULTY || settlement->task->is_whole)
        return settle_object(settlement, worst_failure(outcome), true, error);
    return settle_objects(settlement, outcome, error);
}

TaskEnd settle_refused(const Settlement *settlement, Error *error)
{
    assert(may_settle(settlement) && error->kind == ERROR_REFUSED);
    const Error why = *error;
    Fleet *fleet = settlement->fleet;
    if (!record_refused(settlement->connection, settlement->task, why.message, error))
        return TASK_FAILED;
    bool is_news = refused_datasets_are_news(&fleet->refused_datasets, settlement->task->dataset, why.message);
    log_event(is_news ? LOG_WARNING : LOG_DEBUG, "task.refused", LOG_TEXT("reason", why.message));
    report_send(fleet, fleet->worker, settlement->task, "refused");
    return TASK_GIVEN_BACK;
}
