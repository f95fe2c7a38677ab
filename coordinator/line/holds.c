/* SPDX-License-Identifier: Apache-2.0 */
#include "line/holds.h"

#include "base/log.h"
#include "task/task.h"

/* More are only counted: a bucket full of bad objects does not fill the log. */
#define TASKS_MAX 100

static const char advice[] = "copyfleet status says what waits, why, and what to do", none[] = "none any more";

static int compare(const TaskStanding *a, const TaskStanding *b)
{
    if (a->run != b->run)
        return a->run < b->run ? -1 : 1;
    return a->task == b->task ? 0 : a->task < b->task ? -1 : 1;
}

static void say_placed(const TaskStanding *task)
{
    TaskId id = task_id_make(task->run, task->task);
    log_event(LOG_WARNING, "hold.placed", LOG_TEXT("task", id.text), LOG_TEXT("dataset", task->dataset),
              LOG_TEXT("partition", task->partition), LOG_NUMBER("run", task->run), LOG_TEXT("reason", task->reason));
}

/* The task's state and reason say what ended the hold: an operator's command, or a newer version if the task is still
 * failed. */
static bool say_lifted(Connection *connection, const TaskStanding *held, Error *error)
{
    TaskStanding *now;
    size_t count;
    if (!dispatch_read_task(connection, held->run, held->task, &now, &count, error))
        return false;
    TaskId id = task_id_make(held->run, held->task);
    if (count > 0)
        log_event(LOG_INFO, "hold.lifted", LOG_TEXT("task", id.text), LOG_TEXT("dataset", now->dataset),
                  LOG_TEXT("partition", now->partition), LOG_NUMBER("run", now->run), LOG_TEXT("state", now->state),
                  LOG_TEXT("reason", now->reason));
    dispatch_free_standings(now, count);
    return true;
}

/* Both lists are in order. If the new one is full, tasks after its last one may still be held. */
static bool say_differences(const Holds *holds, Connection *connection, const TaskStanding *now, size_t count,
                            Error *error)
{
    bool is_full = count == TASKS_MAX;
    for (size_t before = 0, after = 0; before < holds->count || after < count;) {
        int order = before == holds->count ? 1 : after == count ? -1 : compare(&holds->tasks[before], &now[after]);
        bool is_behind = is_full && after == count;
        if (order < 0 && !is_behind && !say_lifted(connection, &holds->tasks[before], error))
            return false;
        if (order > 0)
            say_placed(&now[after]);
        before += order <= 0;
        after += order >= 0;
    }
    return true;
}

static bool say_tasks(Holds *holds, Connection *connection, Error *error)
{
    TaskStanding *now;
    size_t count;
    if (!dispatch_read_held(connection, TASKS_MAX, &now, &count, error))
        return false;
    bool is_said = say_differences(holds, connection, now, count, error);
    TaskStanding *done = is_said ? holds->tasks : now;
    size_t done_count = is_said ? holds->count : count;
    if (is_said) {
        holds->tasks = now;
        holds->count = count;
    }
    dispatch_free_standings(done, done_count);
    return is_said;
}

bool holds_say(Holds *holds, Connection *connection, const Standing *now, Error *error)
{
    const Standing before = holds->standing;
    bool has_changed = now->tasks_failed != before.tasks_failed || now->failed_print != before.failed_print;
    if (has_changed && !say_tasks(holds, connection, error))
        return false;
    if (now->tasks_failed != before.tasks_failed)
        log_event(now->tasks_failed > before.tasks_failed ? LOG_WARNING : LOG_INFO, "tasks.failed",
                  LOG_NUMBER("tasks", now->tasks_failed), LOG_TEXT("reason", now->tasks_failed > 0 ? advice : none));
    if (now->tasks_refused != before.tasks_refused)
        log_event(now->tasks_refused > before.tasks_refused ? LOG_WARNING : LOG_INFO, "tasks.refused",
                  LOG_NUMBER("tasks", now->tasks_refused), LOG_TEXT("reason", now->tasks_refused > 0 ? advice : none));
    holds->standing = *now;
    return true;
}

void holds_done(Holds *holds)
{
    dispatch_free_standings(holds->tasks, holds->count);
    *holds = (Holds){0};
}
