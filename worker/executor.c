/* SPDX-License-Identifier: Apache-2.0
 *
 * An executor's life: it takes work from the queue, brings that to its end, and takes the next, until the queue is
 * closed. Work is a message that names a task; run_task has the steps of a task, in order. After a failure the executor
 * judges it, waits if nothing else can be loaded, and tries again, or puts the work back into the queue until it is
 * due.
 *
 * Two things outlive a task. The session is replaced once it is lost. The attempt is closed in the ledger while the
 * claim is still held; if the session is lost first, the next one closes it, before it does anything else. */
#include "worker/executor.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"
#include "ledger/claim.h"
#include "ledger/record.h"
#include "s3/s3.h"
#include "task/task.h"
#include "warehouse/loader.h"
#include "worker/attempt.h"
#include "worker/check.h"
#include "worker/failure.h"
#include "worker/place.h"
#include "worker/policy.h"
#include "worker/report.h"
#include "worker/settle.h"

struct Executor {
    Fleet *fleet;
    pthread_t thread;
    int number; /* in the worker, from 1 */
    char name[MESSAGE_WORKER_SIZE];
    Watched *watched; /* by the heartbeat's thread */
    S3 *s3;
    Connection *connection;
    Loader *loader;
    Target *target;  /* of the task that is admitted; NULL: of none */
    Attempt attempt; /* begun and not known to be closed in the ledger */
    bool is_quiet; /* the log already has that this task waits, or the task is on trial: task.begun and task.waiting are
                      then debug */
};

/* A lost session is replaced, and what it could not say of its attempt is said by the new one. */
static bool open_session(Executor *executor, Error *error)
{
    bool is_new = !connection_is_open(executor->connection);
    if (!fleet_open_session(executor->fleet, &executor->connection, error))
        return false;
    if (is_new)
        atomic_store(&executor->watched->session, connection_process(executor->connection));
    return attempt_close(&executor->attempt, executor->connection, error);
}

/* What every event of a task says, as far as it is known: its dataset and partition once it is claimed, the attempt
 * once it is begun. */
static void set_context(const Executor *executor, const Task *task)
{
    TaskId id = task_id_make(task->run, task->ordinal);
    const char *dataset = task->dataset ? task->dataset : "", *partition = task->partition ? task->partition : "";
    const Task *open = &executor->attempt.task; /* may be of the task before, its end not yet known to the ledger */
    bool is_open = open->run == task->run && open->ordinal == task->ordinal;
    log_set_context(LOG_TEXT("task", id.text), LOG_TEXT("worker", executor->name), LOG_TEXT_IF("dataset", dataset),
                    LOG_TEXT_IF("partition", partition), LOG_NUMBER_IF("attempt", is_open ? open->attempt : 0));
}

/* Said once in a worker's life, whatever task it is. */
static void say_foreign(Fleet *fleet)
{
    if (!atomic_exchange(&fleet->has_met_foreign_claim, true))
        log_event(LOG_WARNING, "claim.foreign",
                  LOG_TEXT("reason",
                           "a session whose role may not load, or that of a silent worker, holds the advisory lock of "
                           "a task, which is loaded all the same; pg_locks tells whose it is"));
}

static TaskEnd claim(Executor *executor, Task *task, Error *error)
{
    TaskEnd end = claim_take(executor->connection, executor->fleet->config->fleet.stall, task, error);
    set_context(executor, task);
    if (task->claim == TASK_CLAIMED_UNLOCKED)
        say_foreign(executor->fleet);
    return end;
}

static Settlement settlement_of(const Executor *executor, const Task *task)
{
    return (Settlement){.fleet = executor->fleet,
                        .connection = executor->connection,
                        .dataset = executor->target ? executor->target->dataset : NULL,
                        .task = task};
}

/* Admits the task if what it needs is there, and if neither attempts nor crashes have come to their limit. The task
 * then waits for its seat: alone in the process if a worker died of it, so that the next death is its own. */
static TaskEnd admit(Executor *executor, Task *task, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED);
    Fleet *fleet = executor->fleet;
    executor->target = loader_find(executor->loader, task->dataset);
    if (!executor->target) {
        error_set(error, ERROR_REFUSED, "%s has no dataset %s in its configuration", fleet->worker, task->dataset);
        return TASK_FAILED;
    }
    OutageGate gate = place_may_begin(fleet, executor->target->dataset, task, error);
    if (gate == OUTAGE_SHUT)
        return TASK_FAILED;
    executor->is_quiet = executor->is_quiet || gate == OUTAGE_ON_TRIAL;
    PolicyLimit limit = policy_limit(task, fleet->config->fleet.attempts_max, fleet->config->fleet.crashes_max);
    const Settlement settlement = settlement_of(executor, task);
    if (limit != POLICY_WITHIN_LIMITS)
        return settle_used_up(&settlement, limit, error);
    if (isolation_enter(&fleet->isolation, executor->number, task->crashes > 0))
        return TASK_GOES_ON;
    error_set(error, ERROR_INTERRUPTED, "stopped before it began");
    return TASK_FAILED;
}

/* At info once a delivery. Later attempts after an outage are at debug, since a full server makes them for hours. */
static void log_begun(const Executor *executor, const Task *task)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < task->version_count; i++)
        bytes += task->versions[i].size;
    log_event(executor->is_quiet ? LOG_DEBUG : LOG_INFO, "task.begun", LOG_NUMBER("objects", task->version_count),
              LOG_NUMBER("bytes", bytes));
}

static TaskEnd begin_attempt(Executor *executor, Task *task, Error *error)
{
    if (!loader_prepare(executor->loader, executor->target, executor->connection, error))
        return TASK_FAILED;
    attempt_begin(&executor->attempt, task, executor->name);
    vigil_note_attempt(executor->watched, task);
    set_context(executor, task);
    TaskEnd end = record_attempt_begun(executor->connection, task, error);
    if (end == TASK_LOST)
        attempt_forget(&executor->attempt);
    if (end == TASK_GOES_ON)
        log_begun(executor, task);
    return end;
}

static void log_loaded(const LoadOutcome *outcome, const Task *task)
{
    log_event(LOG_INFO, "task.loaded", LOG_NUMBER("objects", task->version_count), LOG_NUMBER("rows", outcome->rows),
              LOG_NUMBER("rejects", outcome->reject_count), LOG_NUMBER("unknown", outcome->unknown_count),
              LOG_NUMBER("bytes", outcome->bytes));
}

/* What was loaded has closed the attempt in the same transaction. */
static TaskEnd load(Executor *executor, const Task *task, LoadOutcome *outcome, Error *error)
{
    assert(executor->attempt.task.attempt == task->attempt);
    outcome_done(outcome);
    TaskEnd end = loader_load(executor->loader, executor->target, executor->connection, task,
                              &executor->fleet->interrupt, outcome, error);
    if (end == TASK_LOADED) {
        attempt_forget(&executor->attempt);
        log_loaded(outcome, task);
    } else if (end != TASK_FAILED) {
        attempt_set_outcome(&executor->attempt, end == TASK_LOST ? "lost" : "split", "");
    } else if (error->service == SERVICE_TABLE) {
        outage_note_lost(&executor->fleet->outages, error);
    }
    return end;
}

/* What the load left: objects at fault are split off, or the task is, if it is unknown which. */
static TaskEnd settle(Executor *executor, const Task *task, TaskEnd end, const LoadOutcome *outcome, Error *error)
{
    const Settlement settlement = settlement_of(executor, task);
    switch (end) {
    case TASK_OBJECTS_FAULTY:
    case TASK_FAULTY:
    case TASK_FAULT_UNKNOWN:
        return settle_faults(&settlement, end, outcome, error);
    default:
        return end;
    }
}

/* Committed while the claim is still ours: whoever claims the task next takes an open attempt for a crash. A failure is
 * judged first (answer_failure). If objects are left, they are read again, for another attempt. */
static TaskEnd close_attempt(Executor *executor, Task *task, TaskEnd end, Error *error)
{
    if (end == TASK_FAILED)
        return end;
    if (!attempt_close(&executor->attempt, executor->connection, error))
        return TASK_FAILED;
    return end == TASK_LEFT ? claim_read_versions(executor->connection, task, error) : end;
}

/* Judges the failure and commits the attempt's end while the claim is still ours. If the claim was lost with its
 * session, a new session writes the end at once, since another executor may take the task. GIVEN_BACK: nothing is left
 * for us to do, since the ledger says that the task is refused, or what it waits for. */
static TaskEnd answer_failure(Executor *executor, Task *task, Error *error)
{
    Error ignored;
    const Task *open = &executor->attempt.task; /* may be an earlier try's, which lost its session */
    failure_judge(executor->fleet, executor->s3, error);
    if (open->run == task->run && open->ordinal == task->ordinal && open->attempt == task->attempt)
        attempt_set_outcome(&executor->attempt, error_kind_name(error->kind), error->message);
    bool may_reconnect = error->kind != ERROR_OUTAGE && error->kind != ERROR_INTERRUPTED;
    if (!connection_is_open(executor->connection)) {
        task->claim = TASK_UNCLAIMED;
        if (!may_reconnect)
            return TASK_FAILED; /* the next session closes the attempt */
    }
    if (!open_session(executor, &ignored) || task->claim == TASK_UNCLAIMED)
        return TASK_FAILED;
    const Settlement settlement = settlement_of(executor, task);
    TaskEnd end;
    switch (failure_decide_claimed(executor->fleet, error)) {
    case POLICY_REFUSE:
        end = settle_refused(&settlement, error);
        break;
    case POLICY_GIVE_BACK:
        end = place_give_back(executor->fleet, executor->connection, task, executor->is_quiet, error);
        break;
    default:
        return TASK_FAILED; /* failure_answer decides the rest after the claim is released */
    }
    if (end == TASK_FAILED)
        failure_judge(executor->fleet, executor->s3, error); /* the ledger's own */
    return end;
}

/* What a load that came through proves, and who is told. */
static void report_loaded(Executor *executor, const Task *task)
{
    refused_datasets_forget(&executor->fleet->refused_datasets, task->dataset);
    place_note_loaded(executor->fleet, executor->connection, executor->target->dataset, task);
    report_send(executor->fleet, executor->name, task, "loaded");
}

/* Of the other ends, whoever settled the task or answered the failure has told. */
static void report(Executor *executor, const Task *task, TaskEnd end)
{
    switch (end) {
    case TASK_LOADED:
        report_loaded(executor, task);
        break;
    case TASK_LOST:
        log_event(LOG_INFO, "task.lost", LOG_TEXT("reason", "another worker settled it first, or a person gave it up"));
        break;
    case TASK_PASSED_OVER:
        log_event(LOG_DEBUG, "task.passed_over", LOG_TEXT("reason", "it is settled, or another worker has its claim"));
        break;
    default:
        break;
    }
}

/* The path of a task, from its message to its end. FAILED if it is to be tried again; else nothing is left to do. */
static TaskEnd run_task(Executor *executor, Work *work, Error *error)
{
    AUTO_TASK task = {.run = work->message.run, .ordinal = work->message.task};
    AUTO_OUTCOME outcome = {0};
    executor->target = NULL;
    set_context(executor, &task);
    TaskEnd end = open_session(executor, error) ? claim(executor, &task, error) : TASK_FAILED;
    if (end == TASK_GOES_ON)
        end = admit(executor, &task, error);
    while (end == TASK_GOES_ON) {
        end = begin_attempt(executor, &task, error);
        if (end == TASK_GOES_ON)
            end = load(executor, &task, &outcome, error);
        end = settle(executor, &task, end, &outcome, error);
        end = close_attempt(executor, &task, end, error);
    }
    isolation_leave(&executor->fleet->isolation, executor->number);
    if (end == TASK_FAILED)
        end = answer_failure(executor, &task, error);
    report(executor, &task, end);
    work->attempt = executor->target ? task.attempt : 0; /* of a task that we could claim */
    claim_release(executor->connection, &task);
    return end;
}

/* Said once a task and service, whatever each try says of it. */
static void note_wait(Executor *executor, Work *work, const Error *error)
{
    if (!work->has_waited[error->service])
        log_event(LOG_INFO, "task.waiting", LOG_TEXT("service", error_service_name(error->service)),
                  LOG_TEXT_IF("name", error->name), LOG_TEXT("reason", error->message));
    work->has_waited[error->service] = executor->is_quiet = true;
}

static void end_work(Fleet *fleet, const Work *work)
{
    for (ErrorService service = SERVICE_NONE; service < ERROR_SERVICES; service++)
        if (work->has_waited[service])
            outage_note_back(&fleet->outages, service, "");
    group_acknowledge(fleet, work);
}

static NextTry try_once(Executor *executor, Work *work)
{
    Error error;
    if (run_task(executor, work, &error) != TASK_FAILED)
        return TRY_ENDED;
    if (error.kind == ERROR_OUTAGE)
        note_wait(executor, work, &error);
    return failure_answer(executor->fleet, executor->s3, &error, work);
}

/* Tries until the task ended, is another's, is to be tried later, or we are told to stop. */
static void run_work(Executor *executor, Work *work)
{
    Fleet *fleet = executor->fleet;
    executor->is_quiet = false;
    for (ErrorService service = SERVICE_NONE; service < ERROR_SERVICES; service++)
        executor->is_quiet = executor->is_quiet || work->has_waited[service];
    NextTry next;
    do
        next = try_once(executor, work);
    while (next == TRY_NOW);
    outage_note_work(&fleet->outages); /* whatever became of it: this executor does not wait any more */
    if (next == TRY_ENDED)
        end_work(fleet, work);
    else if (next == TRY_LATER && !work_queue_put_back(&fleet->queue, work))
        group_acknowledge(fleet, work);
    log_set_context(LOG_TEXT("worker", executor->name));
}

/* The session may have been lost in an outage, and the attempt with it: one new session is tried, since an attempt that
 * stays open is taken for a crash. A process that is about to be killed has no time for that. */
static void close_last_attempt(Executor *executor)
{
    Error error;
    error_set(&error, ERROR_INTERRUPTED, "the time to stop is up, and the session is lost");
    bool has_time = connection_is_open(executor->connection) || !atomic_load(&executor->fleet->interrupt);
    if (attempt_is_open(&executor->attempt) && !(has_time && open_session(executor, &error)))
        log_event(LOG_WARNING, "attempt.left_open", LOG_TEXT("reason", error.message));
}

static void *run(void *context)
{
    Executor *executor = context;
    Work work;
    log_set_context(LOG_TEXT("worker", executor->name));
    pulse_bind(&executor->watched->pulse);
    char name[24]; /* as top and gdb show it */
    snprintf(name, sizeof name, "executor/%d", executor->number);
    pthread_setname_np(pthread_self(), name);
    while (work_queue_pop(&executor->fleet->queue, &work))
        run_work(executor, &work);
    close_last_attempt(executor);
    pulse_rest();
    fleet_note_ended(executor->fleet);
    return NULL;
}

bool executor_open(Fleet *fleet, int number, Executor **out_executor, Error *error)
{
    Executor *executor = memory_alloc_zeroed(1, sizeof *executor);
    executor->fleet = fleet;
    executor->number = number;
    executor->watched = &fleet->vigil.executors[number - 1];
    snprintf(executor->name, sizeof executor->name, "%s/%d", fleet->worker, number);
    bool is_open = s3_open(&fleet->config->aws, &executor->s3, error) && open_session(executor, error);
    if (is_open)
        executor->loader = loader_open(fleet->config, executor->s3);
    if (!is_open || !check_datasets(fleet, executor->s3, executor->connection, executor->loader, number == 1, error)) {
        executor_close(executor);
        return false;
    }
    *out_executor = executor;
    return true;
}

void executor_close(Executor *executor)
{
    if (!executor)
        return;
    loader_close(executor->loader);
    connection_close(executor->connection);
    s3_close(executor->s3);
    free(executor);
}

void executor_start(Executor *executor)
{
    fleet_note_begun(executor->fleet);
    thread_start(&executor->thread, run, executor);
}

void executor_join(Executor *executor)
{
    pthread_join(executor->thread, NULL);
}
