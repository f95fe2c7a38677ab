/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/attempt.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/record.h"

void attempt_begin(Attempt *attempt, Task *task, const char *worker)
{
    assert(!attempt_is_open(attempt) && task->claim != TASK_UNCLAIMED);
    task->attempt++;
    task->worker = worker;
    *attempt = (Attempt){
        .task = {.run = task->run, .ordinal = task->ordinal, .attempt = task->attempt, .worker = task->worker}};
    attempt_set_outcome(attempt, "interrupted", "");
}

void attempt_set_outcome(Attempt *attempt, const char *outcome, const char *reason)
{
    assert(strlen(outcome) < sizeof attempt->outcome);
    snprintf(attempt->outcome, sizeof attempt->outcome, "%s", outcome);
    snprintf(attempt->reason, sizeof attempt->reason, "%s", reason);
}

bool attempt_is_open(const Attempt *attempt)
{
    return attempt->task.attempt > 0;
}

bool attempt_close(Attempt *attempt, Connection *connection, Error *error)
{
    if (!attempt_is_open(attempt))
        return true;
    assert(!connection_is_in_transaction(connection));
    if (!record_attempt_ended(connection, &attempt->task, attempt->outcome, attempt->reason, error))
        return false;
    attempt_forget(attempt);
    return true;
}

void attempt_forget(Attempt *attempt)
{
    attempt->task.attempt = 0;
}
