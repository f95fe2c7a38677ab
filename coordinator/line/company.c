/* SPDX-License-Identifier: Apache-2.0 */
#include "line/company.h"

#include "base/clock.h"
#include "kafka/topics.h"

#define FIRST_WORKER_WAIT_MS 5000

static bool say_alone(Company *company, const KafkaConfig *kafka, Display *display, int64_t now_ms, Error *error)
{
    const char *group = kafka->consumer_group;
    display->state.is_workerless = true;
    if (company->alone_since_ms == 0)
        company->alone_since_ms = now_ms - FIRST_WORKER_WAIT_MS;
    if (now_ms - company->alone_since_ms >= (int64_t)company->wait_s * 1000)
        return error_set(error, ERROR_FATAL,
                         "no worker was in the group %s for %d seconds (--wait): what is planned stays, and is "
                         "loaded as soon as one comes; start copyfleet-worker on any machine, or use run --workers N",
                         group, company->wait_s);
    display_say(display, "No worker is in the group %s: start copyfleet-worker on any machine, or use run --workers N.",
                group);
    return true;
}

static void note_company(Company *company, Display *display)
{
    display->state.is_workerless = false;
    company->alone_since_ms = 0;
}

/* Whether an attempt began or a task was finished since the last look, or a task is loading. */
static bool is_moving(Company *company, const Display *display)
{
    const ProgressCounts *all = &display->progress.total;
    bool has_moved = all->tasks_loading > 0 || all->attempts != company->attempts_seen ||
                     all->tasks_planned != company->planned_seen;
    company->attempts_seen = all->attempts;
    company->planned_seen = all->tasks_planned;
    return has_moved;
}

/* Nothing has moved for a while: the group's members tell whether anybody is there. */
static bool look_for_members(Company *company, const KafkaConfig *kafka, Display *display, int64_t now_ms, Error *error)
{
    int members;
    Error ignored;
    if (!topics_count_members(kafka, &members, &ignored))
        return true;
    if (members == 0)
        return say_alone(company, kafka, display, now_ms, error);
    note_company(company, display);
    display_say(display, "Waiting: no task is loading; what the workers log says why.");
    return true;
}

bool company_watch(Company *company, const KafkaConfig *kafka, Display *display, Error *error)
{
    /* Between two looks nothing is known that is new. */
    if (company->looks_judged == display->looks)
        return true;
    company->looks_judged = display->looks;
    int64_t now_ms = clock_now_ms();
    bool has_moved = is_moving(company, display);
    if (has_moved)
        note_company(company, display);
    if (has_moved || company->quiet_since_ms == 0)
        company->quiet_since_ms = now_ms;
    if (now_ms - company->quiet_since_ms < FIRST_WORKER_WAIT_MS)
        return true;
    company->quiet_since_ms = now_ms + FIRST_WORKER_WAIT_MS; /* say it again less often */
    return look_for_members(company, kafka, display, now_ms, error);
}
