/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/outage.h"

static void lose(Outages *outages, ErrorService service, const char *name)
{
    Error error;
    error_set_service(&error, ERROR_OUTAGE, service, "%s is away", name);
    error_set_name(&error, name);
    outage_note_lost(outages, &error);
}

static void begin(Outages *outages)
{
    outage_init(outages, (Backoff){.base_ms = 1, .wait_ms_max = 1}, (Backoff){.base_ms = 1, .wait_ms_max = 1});
}

static void test_each_bucket_is_lost_by_itself(void **state)
{
    (void)state;
    Outages outages;
    Error error;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    assert_int_equal(outage_state(&outages, SERVICE_S3, "songs"), OUTAGE_NONE);
    assert_int_equal(outage_state(&outages, SERVICE_TABLE, "events"), OUTAGE_NONE);
    assert_int_equal(outage_may_begin(&outages, SERVICE_S3, "songs", &error), OUTAGE_OPEN);
    assert_int_equal(outage_may_begin(&outages, SERVICE_S3, "events", &error), OUTAGE_SHUT);
    assert_string_equal(error.message, "events is away");
    assert_string_equal(error.name, "events");
    assert_true(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_false(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_int_equal(outage_may_begin(&outages, SERVICE_S3, "events", &error), OUTAGE_OPEN);
    outage_done(&outages);
}

static void test_one_task_finds_out(void **state)
{
    (void)state;
    Outages outages;
    Error error;
    begin(&outages);
    lose(&outages, SERVICE_TABLE, "staging");
    outage_note_maybe(&outages, SERVICE_TABLE, "staging");
    assert_int_equal(outage_may_begin(&outages, SERVICE_TABLE, "staging", &error), OUTAGE_ON_TRIAL);
    assert_int_equal(outage_may_begin(&outages, SERVICE_TABLE, "staging", &error), OUTAGE_SHUT);
    outage_note_maybe(&outages, SERVICE_TABLE, "other"); /* never lost */
    assert_int_equal(outage_state(&outages, SERVICE_TABLE, "other"), OUTAGE_NONE);
    assert_true(outage_note_back(&outages, SERVICE_TABLE, "staging"));
    outage_done(&outages);
}

static void try_in_vain(Outages *outages)
{
    Error error;
    outage_note_maybe(outages, SERVICE_TABLE, "staging");
    assert_int_equal(outage_may_begin(outages, SERVICE_TABLE, "staging", &error), OUTAGE_ON_TRIAL);
    lose(outages, SERVICE_TABLE, "staging");
}

/* The backoff between trials has their number, and the table is lost since the first. */
static void test_trials_in_vain_are_counted(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    begin(&outages);
    lose(&outages, SERVICE_TABLE, "staging");
    int64_t lost_at_ms = outages.items[0].lost_at_ms -= 7000;
    for (unsigned trials = 0; trials < 3; trials++) {
        assert_true(outage_wait_for_probe(&outages, &due));
        assert_int_equal(due.trials, trials);
        assert_int_equal(due.lost_at_ms, lost_at_ms);
        assert_true(outage_lost_ms(&outages, SERVICE_TABLE, "staging") >= 7000);
        try_in_vain(&outages);
    }
    assert_true(outage_note_back(&outages, SERVICE_TABLE, "staging"));
    assert_int_equal(outage_lost_ms(&outages, SERVICE_TABLE, "staging"), 0);
    lose(&outages, SERVICE_TABLE, "staging");
    assert_true(outage_wait_for_probe(&outages, &due));
    assert_int_equal(due.trials, 0);
    outage_done(&outages);
}

static void test_a_denial_is_no_outage(void **state)
{
    (void)state;
    Outages outages;
    Error error;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    error_set_service(&error, ERROR_FATAL, SERVICE_S3, "denied");
    error_set_name(&error, "events");
    outage_note_denied(&outages, &error);
    assert_int_equal(outage_state(&outages, SERVICE_S3, "events"), OUTAGE_DENIED);
    assert_int_equal(outage_may_begin(&outages, SERVICE_S3, "events", &error), OUTAGE_OPEN);
    assert_true(outage_note_back(&outages, SERVICE_S3, "events")); /* tasks waited since it was lost */
    assert_int_equal(outage_state(&outages, SERVICE_S3, "events"), OUTAGE_NONE);
    outage_done(&outages);
}

static void test_a_probe_is_due_for_what_has_a_name(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    begin(&outages);
    lose(&outages, SERVICE_WAREHOUSE, "");
    lose(&outages, SERVICE_S3, "events");
    assert_true(outage_wait_for_probe(&outages, &due));
    assert_string_equal(due.why.name, "events");
    outage_close(&outages);
    assert_false(outage_wait_for_probe(&outages, &due));
    outage_done(&outages);
}

/* Whoever has seen a change waits for the next one; what changed before the wait is not missed. */
static void test_a_wait_ends_with_a_change(void **state)
{
    (void)state;
    Outages outages;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    uint64_t seen = outage_changes(&outages), before = seen;
    assert_true(outage_wait_for_change(&outages, &seen, clock_now_ms() + 20));
    assert_int_equal(seen, before);
    assert_true(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_true(outage_wait_for_change(&outages, &seen, INT64_MAX));
    assert_true(seen > before);
    outage_close(&outages);
    assert_false(outage_wait_for_change(&outages, &seen, INT64_MAX));
    outage_done(&outages);
}

static void test_what_is_denied_is_asked_again(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    Error error;
    begin(&outages);
    error_set_service(&error, ERROR_FATAL, SERVICE_S3, "denied");
    error_set_name(&error, "events");
    uint64_t before = outage_changes(&outages);
    outage_note_denied(&outages, &error);
    assert_true(outage_changes(&outages) > before); /* executors that wait look again */
    assert_true(outage_wait_for_probe(&outages, &due));
    assert_string_equal(due.why.name, "events");
    assert_false(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_int_equal(outage_state(&outages, SERVICE_S3, "events"), OUTAGE_NONE);
    outage_done(&outages);
}

static void test_what_could_not_be_published_is_asked_for_again(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    assert_true(outage_note_back(&outages, SERVICE_S3, "events"));
    outage_note_owing(&outages, SERVICE_S3, "events");
    assert_int_equal(outage_state(&outages, SERVICE_S3, "events"), OUTAGE_NONE);
    assert_true(outage_wait_for_probe(&outages, &due));
    assert_string_equal(due.why.name, "events");
    assert_true(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_false(outage_note_back(&outages, SERVICE_S3, "events"));
    outage_done(&outages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bucket_is_lost_by_itself),
        cmocka_unit_test(test_one_task_finds_out),
        cmocka_unit_test(test_trials_in_vain_are_counted),
        cmocka_unit_test(test_a_denial_is_no_outage),
        cmocka_unit_test(test_a_probe_is_due_for_what_has_a_name),
        cmocka_unit_test(test_a_wait_ends_with_a_change),
        cmocka_unit_test(test_what_is_denied_is_asked_again),
        cmocka_unit_test(test_what_could_not_be_published_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
