/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/outage.h"

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
    bool is_trial = false;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    assert_int_equal(outage_state(&outages, SERVICE_S3, "songs"), OUTAGE_NONE);
    assert_int_equal(outage_state(&outages, SERVICE_TABLE, "events"), OUTAGE_NONE);
    assert_true(outage_may_begin(&outages, SERVICE_S3, "songs", &is_trial, &error));
    assert_false(outage_may_begin(&outages, SERVICE_S3, "events", &is_trial, &error));
    assert_string_equal(error.message, "events is away");
    assert_string_equal(error.name, "events");
    assert_true(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_false(outage_note_back(&outages, SERVICE_S3, "events"));
    assert_true(outage_may_begin(&outages, SERVICE_S3, "events", &is_trial, &error));
    assert_false(is_trial);
    outage_done(&outages);
}

static void test_one_task_finds_out(void **state)
{
    (void)state;
    Outages outages;
    Error error;
    bool is_trial = false;
    begin(&outages);
    lose(&outages, SERVICE_TABLE, "staging");
    outage_note_maybe(&outages, SERVICE_TABLE, "staging");
    assert_true(outage_may_begin(&outages, SERVICE_TABLE, "staging", &is_trial, &error));
    assert_true(is_trial);
    assert_false(outage_may_begin(&outages, SERVICE_TABLE, "staging", &is_trial, &error));
    outage_note_maybe(&outages, SERVICE_TABLE, "other"); /* never lost */
    assert_int_equal(outage_state(&outages, SERVICE_TABLE, "other"), OUTAGE_NONE);
    assert_true(outage_note_back(&outages, SERVICE_TABLE, "staging"));
    outage_done(&outages);
}

static void try_in_vain(Outages *outages)
{
    Error error;
    bool is_trial = false;
    outage_note_maybe(outages, SERVICE_TABLE, "staging");
    assert_true(outage_may_begin(outages, SERVICE_TABLE, "staging", &is_trial, &error));
    lose(outages, SERVICE_TABLE, "staging");
}

/* The backoff between trials has their number. */
static void test_trials_in_vain_are_counted(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    begin(&outages);
    lose(&outages, SERVICE_TABLE, "staging");
    for (unsigned trials = 0; trials < 3; trials++) {
        assert_true(outage_wait_for_probe(&outages, &due));
        assert_int_equal(due.trials, trials);
        try_in_vain(&outages);
    }
    assert_true(outage_note_back(&outages, SERVICE_TABLE, "staging"));
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
    bool is_trial = false;
    begin(&outages);
    lose(&outages, SERVICE_S3, "events");
    error_set_service(&error, ERROR_FATAL, SERVICE_S3, "denied");
    error_set_name(&error, "events");
    outage_note_denied(&outages, &error);
    assert_int_equal(outage_state(&outages, SERVICE_S3, "events"), OUTAGE_DENIED);
    assert_true(outage_may_begin(&outages, SERVICE_S3, "events", &is_trial, &error));
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

static void test_what_is_denied_is_asked_again(void **state)
{
    (void)state;
    Outages outages;
    Outage due;
    Error error;
    begin(&outages);
    error_set_service(&error, ERROR_FATAL, SERVICE_S3, "denied");
    error_set_name(&error, "events");
    outage_note_denied(&outages, &error);
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
        cmocka_unit_test(test_what_is_denied_is_asked_again),
        cmocka_unit_test(test_what_could_not_be_published_is_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
