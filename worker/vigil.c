/* SPDX-License-Identifier: Apache-2.0
 *
 * A look, in the heartbeat's thread, has two rounds. The first finds out which executors hang, and counts them: so the
 * count is right even if the second fails. The second closes the attempt and ends the session of each that hangs. */
#include "worker/vigil.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "ledger/dispatch.h"
#include "task/message.h"

void vigil_init(Vigil *vigil, int executors)
{
    *vigil = (Vigil){.executors = memory_alloc_zeroed((size_t)executors, sizeof *vigil->executors), .count = executors};
}

void vigil_done(Vigil *vigil)
{
    free(vigil->executors);
    *vigil = (Vigil){0};
}

static void say(Watched *watched, const char *executor, bool is_hung)
{
    bool was_hung = atomic_exchange(&watched->is_hung, is_hung);
    if (is_hung && !was_hung)
        log_event(
            LOG_ERROR, "executor.hung", LOG_TEXT("worker", executor),
            LOG_TEXT("reason", "it has made no progress for STALL_S; its session is ended, and others get its task"));
    else if (!is_hung && was_hung)
        log_event(LOG_INFO, "executor.back", LOG_TEXT("worker", executor));
}

static void name_executor(char *out_name, const char *worker, int index)
{
    snprintf(out_name, MESSAGE_WORKER_SIZE, "%s/%d", worker, index + 1);
}

void vigil_note_attempt(Watched *watched, const Task *task)
{
    assert(task->claim != TASK_UNCLAIMED && task->attempt > 0);
    pulse_beat(); /* whoever reads what follows reads this pulse too */
    atomic_store(&watched->run, task->run);
    atomic_store(&watched->task, task->ordinal);
    atomic_store(&watched->attempt, task->attempt);
}

static bool is_silent(Watched *watched, const Config *config)
{
    return pulse_silent_ms(&watched->pulse) >= config->fleet.stall.ms;
}

/* If the warehouse does not say whether it is at work for the executor, what was found last stays. */
static bool find(Watched *watched, const Config *config, const char *executor, Connection *connection, Error *error)
{
    int session = atomic_load(&watched->session);
    bool is_hung = is_silent(watched, config);
    if (is_hung && session != 0 && !dispatch_look_at_silent(connection, config->fleet.stall, session, &is_hung, error))
        return false;
    say(watched, executor, is_hung);
    return true;
}

/* What the executor holds is read before its pulse. If the pulse is still old after that, the executor still holds what
 * was read. */
static bool end(Watched *watched, const Config *config, Hung *hung, Connection *connection, Error *error)
{
    hung->session = atomic_load(&watched->session);
    hung->run = atomic_load(&watched->run);
    hung->task = atomic_load(&watched->task);
    hung->attempt = atomic_load(&watched->attempt);
    if (!is_silent(watched, config))
        return true;
    if (!dispatch_end_hung(connection, config->fleet.stall, hung, error))
        return false;
    /* From now on the server may give the number to another session. */
    atomic_compare_exchange_strong(&watched->session, &hung->session, 0);
    return true;
}

bool vigil_look(Vigil *vigil, const Config *config, const char *worker, const char *session_name,
                Connection *connection, Error *error)
{
    bool is_through = true;
    int hung = 0;
    Error later;
    char executor[MESSAGE_WORKER_SIZE];
    for (int i = 0; i < vigil->count; i++) {
        Watched *watched = &vigil->executors[i];
        name_executor(executor, worker, i);
        is_through = find(watched, config, executor, connection, is_through ? error : &later) && is_through;
        hung += atomic_load(&watched->is_hung);
    }
    atomic_store(&vigil->hung, hung);
    for (int i = 0; i < vigil->count; i++) {
        Watched *watched = &vigil->executors[i];
        name_executor(executor, worker, i);
        Hung held = {.executor = executor, .session_name = session_name};
        if (atomic_load(&watched->is_hung))
            is_through = end(watched, config, &held, connection, is_through ? error : &later) && is_through;
    }
    return is_through;
}

bool vigil_is_well(Vigil *vigil)
{
    return atomic_load(&vigil->hung) == 0;
}

bool vigil_is_helpless(Vigil *vigil)
{
    return atomic_load(&vigil->hung) == vigil->count;
}
