/* SPDX-License-Identifier: Apache-2.0
 *
 * When a watch looks at the bucket, and how much of it: everything each FULL_PASS_INTERVAL_S, what is after the
 * horizons each PASS_INTERVAL_S, and what events have named as soon as it may. Times are those of clock_now_ms. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/retry.h"
#include "config/config.h"
#include "line/events.h"
#include "line/pass.h"

/* Zeroed: a full pass is due. */
typedef struct Schedule {
    int64_t pass_at_ms;
    int64_t full_pass_at_ms;
    int64_t event_pass_at_ms;
    Retry retry; /* of a pass that failed: no pass before it is due */
} Schedule;

/* Whether a pass is due, and which. Each looks at what events have named too. If they named more objects than are
 * looked at one by one, the pass covers the horizon instead. */
bool schedule_find_reach(const Schedule *schedule, const Config *config, const Events *events, PassReach *out_reach);

/* When the next pass is due. */
int64_t schedule_next_ms(const Schedule *schedule, const Events *events);

/* A pass was through, and took so long. */
void schedule_note_pass(Schedule *schedule, const Config *config, PassReach reach, int64_t pass_ms);

/* A pass failed: the next one comes after a wait that grows with each failure. */
void schedule_note_failure(Schedule *schedule, const Config *config);

/* Sessions were lost: a pass is due, and a full one if events may have told something meanwhile. */
void schedule_look_again(Schedule *schedule, const Config *config);

/* A full pass is due. */
void schedule_look_at_all(Schedule *schedule);
