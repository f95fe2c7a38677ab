/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "line/schedule.h"

static Dataset dataset = {.start_after = (char *)"%Y-%m-%d"};
static char events_topic[] = "events", no_topic[] = "";

/* Intervals so long that no pass is due by itself while a test runs. */
static Config make_config(char *topic)
{
    return (Config){.fleet = {.pass_interval = {1000000},
                              .full_pass_interval = {2000000},
                              .event_pass_gap = {100000},
                              .outage_backoff = {.base_ms = INT32_MAX, .wait_ms_max = INT32_MAX}},
                    .kafka = {.topic_s3_events = topic},
                    .datasets = &dataset,
                    .dataset_count = 1};
}

static void assert_due(const Schedule *schedule, const Config *config, const Events *events, PassReach expected)
{
    PassReach reach;
    assert_true(schedule_find_reach(schedule, config, events, &reach));
    assert_int_equal(reach, expected);
}

static void assert_not_due(const Schedule *schedule, const Config *config, const Events *events)
{
    PassReach reach;
    assert_false(schedule_find_reach(schedule, config, events, &reach));
    assert_true(schedule_next_ms(schedule, events) > clock_now_ms());
}

static void test_the_first_pass_is_full(void **state)
{
    (void)state;
    const Config config = make_config(events_topic);
    const Events none = {0};
    Schedule schedule = {0};
    assert_due(&schedule, &config, &none, PASS_FULL);
    schedule_note_pass(&schedule, &config, PASS_FULL, 0);
    assert_not_due(&schedule, &config, &none);
    schedule.pass_at_ms = 0;
    assert_due(&schedule, &config, &none, PASS_HORIZON);
    schedule_look_at_all(&schedule);
    assert_due(&schedule, &config, &none, PASS_FULL);
}

static void test_events_wait_for_their_gap(void **state)
{
    (void)state;
    const Config config = make_config(events_topic);
    const Events some = {.count = 1}, many = {.is_overflown = true};
    Schedule schedule = {0};
    schedule_note_pass(&schedule, &config, PASS_FULL, 0);
    assert_not_due(&schedule, &config, &some);
    schedule.event_pass_at_ms = 0;
    assert_due(&schedule, &config, &some, PASS_EVENTS);
    assert_due(&schedule, &config, &many, PASS_HORIZON);
    int64_t pass_at_ms = schedule.pass_at_ms;
    schedule_note_pass(&schedule, &config, PASS_EVENTS, 1000000);
    assert_int_equal(schedule.pass_at_ms, pass_at_ms);
    assert_true(schedule.event_pass_at_ms >= clock_now_ms() + 8000000); /* a tenth of the time at most */
}

static void test_a_pass_that_failed_is_put_off(void **state)
{
    (void)state;
    const Config config = make_config(events_topic);
    const Events none = {0};
    Schedule schedule = {0};
    schedule_note_failure(&schedule, &config);
    assert_int_equal(schedule.retry.tries, 1);
    schedule.retry.due_ms = clock_now_ms() + 100000;
    assert_not_due(&schedule, &config, &none);
    schedule.retry.due_ms = 0;
    assert_due(&schedule, &config, &none, PASS_FULL);
    schedule_note_pass(&schedule, &config, PASS_FULL, 0);
    assert_int_equal(schedule.retry.tries, 0);
}

/* Only if there is a topic may events have told something that nobody heard. */
static void test_lost_sessions_ask_for_a_pass(void **state)
{
    (void)state;
    const Config with = make_config(events_topic), without = make_config(no_topic);
    const Events none = {0};
    Schedule schedule = {0};
    schedule_note_pass(&schedule, &without, PASS_FULL, 0);
    schedule_look_again(&schedule, &without);
    assert_due(&schedule, &without, &none, PASS_HORIZON);
    schedule_look_again(&schedule, &with);
    assert_due(&schedule, &with, &none, PASS_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_pass_is_full),
        cmocka_unit_test(test_events_wait_for_their_gap),
        cmocka_unit_test(test_a_pass_that_failed_is_put_off),
        cmocka_unit_test(test_lost_sessions_ask_for_a_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
