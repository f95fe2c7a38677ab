/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/executor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/s3.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "db/claim.h"
#include "db/record.h"
#include "worker/load.h"
#include "worker/policy.h"
#include "worker/report.h"
#include "worker/target.h"

struct Executor {
    Fleet *fleet;
    pthread_t thread;
    char name[MESSAGE_WORKER_SIZE];
    S3 *s3;
    Connection *connection;
    Targets targets;
    Attempt attempt; /* begun and not known to be closed in the ledger */
};

/* A lost session is replaced, and what it could not say of its attempt is said by the new one. */
static bool open_session(Executor *executor, Error *error)
{
    if (!connection_is_open(executor->connection)) {
        connection_close(executor->connection);
        executor->connection = NULL;
        if (!connection_open(executor->fleet->config, "copyfleet-worker", &executor->connection, error))
            return false;
    }
    return attempt_close(&executor->attempt, executor->connection, error);
}

static void log_loaded(const LoadOutcome *outcome, const Task *task)
{
    log_event(LOG_INFO, "task.loaded", LOG_TEXT("dataset", task->dataset), LOG_TEXT("partition", task->partition),
              LOG_NUMBER("objects", task->version_count), LOG_NUMBER("rows", outcome->rows),
              LOG_NUMBER("rejects", outcome->reject_count), LOG_NUMBER("bytes", outcome->bytes));
}

/* One attempt, and the objects at fault split off after it. *out_is_settled is false where others are left to load. */
static bool attempt_load(Executor *executor, Task *task, bool *out_is_settled, Error *error)
{
    Target *target = targets_find(&executor->targets, task->dataset);
    if (!target) {
        /* Another worker's configuration may have it; the coordinator publishes the task again. */
        log_event(LOG_WARNING, "task.refused", LOG_TEXT("dataset", task->dataset),
                  LOG_TEXT("reason", "this worker's configuration has no such dataset"));
        *out_is_settled = true;
        return true;
    }
    if (!record_attempt_begun(executor->connection, task, executor->name, error))
        return false;
    attempt_begin(&executor->attempt, task);

    AUTO_LOAD_OUTCOME outcome = {0};
    if (!load_task(executor->connection, executor->s3, target, task, &executor->fleet->interrupt, &outcome, error))
        return false;
    *out_is_settled = outcome.is_loaded || outcome.is_lost || outcome.failure_count == task->version_count;
    if (outcome.is_loaded) {
        attempt_forget(&executor->attempt);
        log_loaded(&outcome, task);
        report_send(executor->fleet, executor->name, task, "loaded");
        return true;
    }
    attempt_set_outcome(&executor->attempt, outcome.is_lost ? "lost" : "split", "");
    return policy_split_failures(executor->fleet, executor->connection, task, &outcome, error) &&
           attempt_close(&executor->attempt, executor->connection, error);
}

/* The path of a task: claim → fetch → decode → copy → record → commit → report. True where nothing is left to do for
 * us. */
static bool run_task(Executor *executor, const TaskMessage *message, Error *error)
{
    AUTO_TASK task = {0};
    bool is_ours = false;
    if (!open_session(executor, error) ||
        !claim_take(executor->connection, message->run, message->task, &task, &is_ours, error))
        return false;
    bool is_settled = !is_ours;
    bool is_through =
        is_settled || policy_limit_attempts(executor->fleet, executor->connection, &task, &is_settled, error);
    while (is_through && !is_settled)
        is_through = attempt_load(executor, &task, &is_settled, error) &&
                     (is_settled || claim_read_versions(executor->connection, &task, error));
    if (is_ours)
        claim_release(executor->connection, &task);
    return is_through;
}

/* Tries until the task ended, is another's, or we are told to stop. */
static void run_work(Executor *executor, const Work *work)
{
    Fleet *fleet = executor->fleet;
    char context[64];
    snprintf(context, sizeof context, "run=%" PRId64 " task=%" PRId32, work->message.run, work->message.task);
    log_set_context(context);
    PolicyState state = {0};
    Error error;
    bool is_done;
    while (!(is_done = run_task(executor, &work->message, &error)))
        if (!policy_decide(fleet, &error, executor->s3, &executor->attempt, &state))
            break;
    if (is_done)
        consumer_acknowledge(fleet->consumer, &work->delivery);
    log_set_context("");
}

static void *run(void *context)
{
    Executor *executor = context;
    Work work;
    Error ignored;
    while (work_queue_pop(&executor->fleet->queue, &work))
        run_work(executor, &work);
    if (connection_is_open(executor->connection) && !attempt_close(&executor->attempt, executor->connection, &ignored))
        log_event(LOG_WARNING, "attempt.left_open", LOG_TEXT("reason", ignored.message));
    atomic_fetch_sub(&executor->fleet->running, 1);
    return NULL;
}

bool executor_open(Fleet *fleet, int number, Executor **out_executor, Error *error)
{
    Executor *executor = memory_alloc_zeroed(1, sizeof *executor);
    executor->fleet = fleet;
    snprintf(executor->name, sizeof executor->name, "%s/%d", fleet->worker, number);
    if (!s3_open(fleet->config, &executor->s3, error) || !open_session(executor, error) ||
        !targets_load(fleet->config, executor->connection, executor->s3, &executor->targets, error)) {
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
    targets_done(&executor->targets);
    connection_close(executor->connection);
    s3_close(executor->s3);
    free(executor);
}

void executor_start(Executor *executor)
{
    atomic_fetch_add(&executor->fleet->running, 1);
    if (pthread_create(&executor->thread, NULL, run, executor) != 0)
        error_abort("no thread can be started");
}

void executor_join(Executor *executor)
{
    pthread_join(executor->thread, NULL);
}
