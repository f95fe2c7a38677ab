/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/executor.h"

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
#include "warehouse/warehouse.h"
#include "worker/attempt.h"
#include "worker/check.h"
#include "worker/place.h"
#include "worker/policy.h"
#include "worker/report.h"

struct Executor {
    Fleet *fleet;
    pthread_t thread;
    int number; /* in the worker, from 1 */
    char name[MESSAGE_WORKER_SIZE];
    Watched *watched; /* by the heartbeat's thread */
    S3 *s3;
    Connection *connection;
    Loader *loader;
    Attempt attempt; /* begun and not known to be closed in the ledger */
    bool has_waited; /* an outage out, since the message of this task came; or this try finds out whether one is over */
};

/* A lost session is replaced, and what it could not say of its attempt is said by the new one. */
static bool open_session(Executor *executor, Error *error)
{
    if (!connection_is_open(executor->connection)) {
        if (!fleet_open_session(executor->fleet, &executor->connection, error))
            return false;
        atomic_store(&executor->watched->session, connection_process(executor->connection));
        connection_set_interrupt(executor->connection, &executor->fleet->interrupt);
    }
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

/* Once a delivery: what is begun again after each probe of a server that is full, hour after hour, is for debugging. */
static void log_begun(const Executor *executor, const Task *task)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < task->version_count; i++)
        bytes += task->versions[i].size;
    log_event(executor->has_waited ? LOG_DEBUG : LOG_INFO, "task.begun", LOG_NUMBER("objects", task->version_count),
              LOG_NUMBER("bytes", bytes));
}

static void log_loaded(const LoadOutcome *outcome, const Task *task)
{
    log_event(LOG_INFO, "task.loaded", LOG_NUMBER("objects", task->version_count), LOG_NUMBER("rows", outcome->rows),
              LOG_NUMBER("rejects", outcome->reject_count), LOG_NUMBER("unknown", outcome->unknown_count),
              LOG_NUMBER("bytes", outcome->bytes));
}

/* What the load left: objects at fault are split off, or the task is, where it is not known which. */
static bool settle_faults(Executor *executor, const Task *task, const LoadOutcome *outcome, bool *out_is_settled,
                          Error *error)
{
    Fleet *fleet = executor->fleet;
    if (!outcome->is_unblamed)
        return policy_split_failures(fleet, executor->connection, task, outcome, out_is_settled, error);
    *out_is_settled = true;
    return policy_scatter(executor->connection, task, outcome->blame.message, error);
}

/* One attempt, and the objects at fault split off after it. *out_is_settled is false where others are left to load. */
static bool attempt_load(Executor *executor, Task *task, bool *out_is_settled, Error *error)
{
    bool is_ours = true;
    if (!loader_prepare(executor->loader, task->dataset, executor->connection, error))
        return false;
    attempt_begin(&executor->attempt, task, executor->name);
    vigil_note_attempt(executor->watched, task);
    set_context(executor, task);
    if (!record_attempt_begun(executor->connection, task, &is_ours, error))
        return false;
    if (!is_ours) {
        attempt_forget(&executor->attempt);
        policy_say_lost();
        return *out_is_settled = true;
    }
    log_begun(executor, task);

    AUTO_LOAD_OUTCOME outcome = {0};
    if (!loader_load(executor->loader, executor->connection, task, &executor->fleet->interrupt, &outcome, error)) {
        if (error->service == SERVICE_TABLE)
            outage_note_lost(&executor->fleet->outages, error);
        return false;
    }
    *out_is_settled = outcome.is_loaded || outcome.is_lost;
    if (outcome.is_loaded) {
        attempt_forget(&executor->attempt);
        log_loaded(&outcome, task);
        refusals_forget(&executor->fleet->refusals, task->dataset);
        place_note_loaded(executor->fleet, executor->connection, loader_find_dataset(executor->loader, task->dataset),
                          task);
        report_send(executor->fleet, executor->name, task, "loaded");
        return true;
    }
    if (outcome.is_lost)
        policy_say_lost();
    attempt_set_outcome(&executor->attempt, outcome.is_lost ? "lost" : "split", "");
    return (outcome.is_lost || settle_faults(executor, task, &outcome, out_is_settled, error)) &&
           attempt_close(&executor->attempt, executor->connection, error);
}

/* Under the claim, alone in the process where a worker died of the task: attempt after attempt, until no object is left
 * to split off. */
static bool load_claimed(Executor *executor, Task *task, Error *error)
{
    Fleet *fleet = executor->fleet;
    const Dataset *dataset = loader_find_dataset(executor->loader, task->dataset);
    if (!dataset)
        return error_set(error, ERROR_REFUSED, "%s has no dataset %s in its configuration", fleet->worker,
                         task->dataset);
    bool is_settled = false;
    if (!place_may_begin(fleet, dataset, task, &executor->has_waited, error) ||
        !policy_limit_attempts(fleet, executor->connection, task, &is_settled, error))
        return false;
    if (is_settled)
        return true;
    if (!isolation_enter(&fleet->isolation, executor->number, task->crashes > 0))
        return error_set(error, ERROR_INTERRUPTED, "stopped before it began");
    bool is_through = true;
    while (is_through && !is_settled)
        is_through = attempt_load(executor, task, &is_settled, error) &&
                     (is_settled || claim_read_versions(executor->connection, task, error));
    isolation_leave(&fleet->isolation, executor->number);
    return is_through;
}

/* What a failure calls for is decided, and the attempt's end committed, while the claim is still ours: whoever claims
 * the task next takes an open attempt for a crash. If the claim was lost with its session, a new session says the end
 * at once, since another executor may take the task. True where that ends the matter for us: the ledger says that the
 * task is refused, or what it waits for, and why. */
static bool end_attempt(Executor *executor, const Task *task, Error *error)
{
    Error ignored;
    policy_judge(executor->fleet, executor->s3, error);
    attempt_set_outcome(&executor->attempt, error_kind_name(error->kind), error->message);
    bool has_session = connection_is_open(executor->connection);
    bool may_reconnect = error->kind != ERROR_OUTAGE && error->kind != ERROR_INTERRUPTED;
    if (!(has_session || may_reconnect) || !open_session(executor, &ignored))
        return false; /* the next session closes it */
    return has_session && policy_put_off(executor->fleet, executor->connection, task, executor->has_waited, error);
}

/* Once a worker, whatever task it is. */
static void say_foreign(Fleet *fleet)
{
    if (!atomic_exchange(&fleet->has_met_foreign_claim, true))
        log_event(LOG_WARNING, "claim.foreign",
                  LOG_TEXT("reason",
                           "a session whose role may not load holds the advisory lock of a task, which is loaded "
                           "all the same; pg_locks tells whose it is"));
}

static bool claim(Executor *executor, const TaskMessage *message, Task *out_task, bool *out_is_ours, Error *error)
{
    if (!claim_take(executor->connection, message->run, message->task, out_task, out_is_ours, error))
        return false;
    set_context(executor, out_task);
    if (*out_is_ours && out_task->is_foreign)
        say_foreign(executor->fleet);
    if (!*out_is_ours)
        log_event(LOG_DEBUG, "task.passed_over", LOG_TEXT("reason", "it is settled, or another worker has its claim"));
    return true;
}

/* The path of a task: claim → attempt → load, as its warehouse does it (warehouse.h) → report. True where nothing is
 * left to do for us. */
static bool run_task(Executor *executor, const TaskMessage *message, Error *error)
{
    AUTO_TASK task = {.run = message->run, .ordinal = message->task};
    bool is_ours = false;
    set_context(executor, &task);
    bool is_through = open_session(executor, error) && claim(executor, message, &task, &is_ours, error) &&
                      (!is_ours || load_claimed(executor, &task, error));
    if (!is_through)
        is_through = end_attempt(executor, &task, error);
    if (is_ours)
        claim_release(executor->connection, &task);
    return is_through;
}

/* Said once a task and service, whatever each try says of it. */
static void note_wait(Executor *executor, Work *work, const Error *error)
{
    if (!work->has_waited[error->service])
        log_event(LOG_INFO, "task.waiting", LOG_TEXT("service", error_service_name(error->service)),
                  LOG_TEXT_IF("name", error->name), LOG_TEXT("reason", error->message));
    work->has_waited[error->service] = executor->has_waited = true;
}

static void end_work(Fleet *fleet, const Work *work)
{
    for (ErrorService service = SERVICE_NONE; service < ERROR_SERVICES; service++)
        if (work->has_waited[service])
            outage_note_back(&fleet->outages, service, "");
    group_acknowledge(fleet, work);
}

/* Tries until the task ended, is another's, is to be tried later, or we are told to stop. */
static void run_work(Executor *executor, Work *work)
{
    Fleet *fleet = executor->fleet;
    Error error;
    NextTry next = TRY_NOW;
    bool is_done = false;
    executor->has_waited = false;
    for (ErrorService service = SERVICE_NONE; service < ERROR_SERVICES; service++)
        executor->has_waited = executor->has_waited || work->has_waited[service];
    while (next == TRY_NOW && !(is_done = run_task(executor, &work->message, &error))) {
        if (error.kind == ERROR_OUTAGE)
            note_wait(executor, work, &error);
        next = policy_next_try(fleet, executor->s3, &error, work);
    }
    outage_note_work(&fleet->outages); /* whatever became of it: this executor does not wait any more */
    if (is_done)
        end_work(fleet, work);
    else if (next == TRY_LATER)
        work_queue_put_back(&fleet->queue, work);
    log_set_context(LOG_TEXT("worker", executor->name));
}

static void *run(void *context)
{
    Executor *executor = context;
    Work work;
    Error ignored;
    log_set_context(LOG_TEXT("worker", executor->name));
    pulse_bind(&executor->watched->pulse);
    char name[24]; /* as top and gdb show it */
    snprintf(name, sizeof name, "executor/%d", executor->number);
    pthread_setname_np(pthread_self(), name);
    while (work_queue_pop(&executor->fleet->queue, &work))
        run_work(executor, &work);
    if (connection_is_open(executor->connection) && !attempt_close(&executor->attempt, executor->connection, &ignored))
        log_event(LOG_WARNING, "attempt.left_open", LOG_TEXT("reason", ignored.message));
    pulse_rest();
    atomic_fetch_sub(&executor->fleet->running, 1);
    return NULL;
}

bool executor_open(Fleet *fleet, int number, Executor **out_executor, Error *error)
{
    Executor *executor = memory_alloc_zeroed(1, sizeof *executor);
    executor->fleet = fleet;
    executor->number = number;
    executor->watched = &fleet->vigil.executors[number - 1];
    snprintf(executor->name, sizeof executor->name, "%s/%d", fleet->worker, number);
    bool is_open = s3_open(fleet->config, &executor->s3, error) && open_session(executor, error);
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
    attempt_forget(&executor->attempt);
    loader_close(executor->loader);
    connection_close(executor->connection);
    s3_close(executor->s3);
    free(executor);
}

void executor_start(Executor *executor)
{
    atomic_fetch_add(&executor->fleet->running, 1);
    thread_start(&executor->thread, run, executor);
}

void executor_join(Executor *executor)
{
    pthread_join(executor->thread, NULL);
}
