/* SPDX-License-Identifier: Apache-2.0 */
#include "line/schedule.h"

#include <stddef.h>

#include "base/clock.h"

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool has_horizon(const Config *config)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        if (*config->datasets[i].start_after)
            return true;
    return false;
}

bool schedule_find_reach(const Schedule *schedule, const Config *config, const Events *events, PassReach *out_reach)
{
    int64_t now_ms = clock_now_ms();
    bool is_due = now_ms >= schedule->pass_at_ms, is_full_due = now_ms >= schedule->full_pass_at_ms;
    bool is_event_due = events_has_any(events) && now_ms >= schedule->event_pass_at_ms;
    *out_reach = !is_due && !is_full_due && !events->is_overflown ? PASS_EVENTS
                 : is_full_due || !has_horizon(config)            ? PASS_FULL
                                                                  : PASS_HORIZON;
    return retry_is_due(&schedule->retry) && (is_due || is_full_due || is_event_due);
}

int64_t schedule_next_ms(const Schedule *schedule, const Events *events)
{
    int64_t next_ms = min_of(schedule->pass_at_ms, schedule->full_pass_at_ms);
    if (events_has_any(events))
        next_ms = min_of(next_ms, schedule->event_pass_at_ms);
    return max_of(next_ms, schedule->retry.due_ms);
}

/* Intervals are counted from the end of the pass, so that one that takes longer than its interval leaves the rounds
 * some time. Passes for events take a tenth of the time at most, since anybody may forge events. */
void schedule_note_pass(Schedule *schedule, const Config *config, PassReach reach, int64_t pass_ms)
{
    int64_t now_ms = clock_now_ms();
    retry_reset(&schedule->retry);
    schedule->event_pass_at_ms = now_ms + max_of(config->fleet.event_pass_gap.ms, 9 * pass_ms);
    if (reach != PASS_EVENTS)
        schedule->pass_at_ms = now_ms + config->fleet.pass_interval.ms;
    if (reach == PASS_FULL)
        schedule->full_pass_at_ms = now_ms + config->fleet.full_pass_interval.ms;
}

void schedule_note_failure(Schedule *schedule, const Config *config)
{
    schedule->retry.backoff = config->fleet.outage_backoff;
    (void)retry_put_off(&schedule->retry);
}

void schedule_look_again(Schedule *schedule, const Config *config)
{
    schedule->pass_at_ms = 0;
    if (*config->kafka.topic_s3_events)
        schedule->full_pass_at_ms = 0;
}

void schedule_look_at_all(Schedule *schedule)
{
    schedule->full_pass_at_ms = 0;
}
