/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/vigil.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "db/dispatch.h"
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

bool vigil_look(Vigil *vigil, const Config *config, const char *worker, Connection *connection, Error *error)
{
    int hung = 0;
    for (int i = 0; i < vigil->count; i++) {
        Watched *watched = &vigil->executors[i];
        char executor[MESSAGE_WORKER_SIZE];
        snprintf(executor, sizeof executor, "%s/%d", worker, i + 1);
        bool is_hung = pulse_silent_ms(&watched->pulse) >= config->stall_s * 1000;
        if (is_hung &&
            !dispatch_end_hung(connection, config, executor, atomic_load(&watched->session), &is_hung, error))
            return false;
        say(watched, executor, is_hung);
        hung += is_hung;
    }
    atomic_store(&vigil->hung, hung);
    return true;
}

bool vigil_is_well(Vigil *vigil)
{
    return atomic_load(&vigil->hung) == 0;
}

bool vigil_is_helpless(Vigil *vigil)
{
    return atomic_load(&vigil->hung) == vigil->count;
}
