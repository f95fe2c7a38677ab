/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "worker/policy.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

enum { ATTEMPTS_MAX = 5, CRASHES_MAX = 3 };

typedef struct LimitRow {
    Task task;
    PolicyLimit limit;
} LimitRow;

static void test_what_a_task_may_cost(void **state)
{
    (void)state;
    static const LimitRow rows[] = {
        {{.version_count = 1}, POLICY_WITHIN_LIMITS},
        {{.version_count = 1, .attempts = ATTEMPTS_MAX - 1}, POLICY_WITHIN_LIMITS},
        {{.version_count = 1, .attempts = ATTEMPTS_MAX}, POLICY_ATTEMPTS_USED_UP},
        {{.version_count = 9, .attempts = ATTEMPTS_MAX}, POLICY_ATTEMPTS_USED_UP},
        {{.version_count = 1, .crashes = CRASHES_MAX - 1}, POLICY_WITHIN_LIMITS},
        {{.version_count = 1, .crashes = CRASHES_MAX}, POLICY_CRASHES_USED_UP},
        {{.version_count = 9, .crashes = LIMIT_CRASHES_TOGETHER - 1}, POLICY_WITHIN_LIMITS},
        {{.version_count = 9, .crashes = LIMIT_CRASHES_TOGETHER}, POLICY_CRASHES_USED_UP},
        {{.version_count = 9, .crashes = LIMIT_CRASHES_TOGETHER, .is_whole = true}, POLICY_WITHIN_LIMITS},
        {{.version_count = 9, .crashes = CRASHES_MAX, .is_whole = true}, POLICY_CRASHES_USED_UP},
        {{.version_count = 1, .crashes = CRASHES_MAX, .attempts = ATTEMPTS_MAX}, POLICY_CRASHES_USED_UP},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(policy_limit(&rows[i].task, ATTEMPTS_MAX, CRASHES_MAX), rows[i].limit);
}

static void test_which_tasks_may_be_split(void **state)
{
    (void)state;
    assert_false(policy_may_split(&(Task){.version_count = 1}));
    assert_true(policy_may_split(&(Task){.version_count = 2}));
    assert_false(policy_may_split(&(Task){.version_count = 2, .is_whole = true}));
}

typedef struct ObjectRow {
    int64_t releases;
    const char *state;
    ErrorKind kind;
    bool skips;
} ObjectRow;

static void test_what_becomes_of_an_object_at_fault(void **state)
{
    (void)state;
    static const ObjectRow rows[] = {
        {0, "released", ERROR_STALE, false},
        {0, "released", ERROR_STALE, true},
        {LIMIT_RELEASES - 1, "released", ERROR_STALE, false},
        {LIMIT_RELEASES, "failed", ERROR_STALE, false},
        {LIMIT_RELEASES, "skipped", ERROR_STALE, true},
        {0, "failed", ERROR_REJECT, false},
        {0, "skipped", ERROR_REJECT, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        PolicyObject object = policy_of_object(rows[i].kind, rows[i].releases, rows[i].skips);
        assert_string_equal(policy_object_state(object), rows[i].state);
    }
}

typedef struct FailureRow {
    PolicyFailure failure;
    PolicyAction action;
} FailureRow;

static const FailureRow failures[] = {
    {{.kind = ERROR_RETRY, .service = SERVICE_WAREHOUSE}, POLICY_TRY_LATER},
    {{.kind = ERROR_RETRY, .service = SERVICE_S3, .is_named = true, .is_claimed = true, .can_load_others = true},
     POLICY_TRY_LATER},
    {{.kind = ERROR_REJECT, .service = SERVICE_WAREHOUSE}, POLICY_TRY_LATER},
    {{.kind = ERROR_STALE}, POLICY_TRY_LATER},
    {{.kind = ERROR_REFUSED, .is_claimed = true}, POLICY_REFUSE},
    {{.kind = ERROR_REFUSED}, POLICY_TRY_LATER},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_S3, .is_named = true, .is_claimed = true, .can_load_others = true},
     POLICY_GIVE_BACK},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_TABLE, .is_named = true, .is_claimed = true, .can_load_others = true},
     POLICY_GIVE_BACK},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_TABLE, .is_named = true, .is_claimed = true}, POLICY_WAIT_FOR_ANY},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_S3, .is_named = true, .can_load_others = true}, POLICY_WAIT_FOR_ANY},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_S3}, POLICY_WAIT_FOR_RIGHTS},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_S3, .is_claimed = true, .can_load_others = true},
     POLICY_WAIT_FOR_RIGHTS},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_WAREHOUSE}, POLICY_WAIT_FOR_SERVICE},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_WAREHOUSE, .is_answering = true}, POLICY_WAIT_FOR_SERVICE},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_KAFKA}, POLICY_WAIT_FOR_SERVICE},
    {{.kind = ERROR_OUTAGE, .service = SERVICE_KAFKA, .is_answering = true}, POLICY_TRY_LATER},
    {{.kind = ERROR_INTERRUPTED, .is_claimed = true}, POLICY_STOP},
    {{.kind = ERROR_FATAL, .is_claimed = true}, POLICY_END_WORKER},
    {{.kind = ERROR_FATAL}, POLICY_END_WORKER},
};

static void test_what_a_failure_calls_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++)
        assert_int_equal(policy_after_failure(&failures[i].failure), failures[i].action);
}

/* What a failure calls for once nothing is held must be possible then, whatever failed. */
static void test_only_a_claimed_task_is_refused_or_given_back(void **state)
{
    (void)state;
    for (int kind = ERROR_RETRY; kind <= ERROR_INTERRUPTED; kind++)
        for (int service = SERVICE_NONE; service < ERROR_SERVICES; service++)
            for (unsigned bits = 0; kind != ERROR_DENIED && bits < 8; bits++) {
                PolicyAction action = policy_after_failure(&(PolicyFailure){.kind = (ErrorKind)kind,
                                                                            .service = (ErrorService)service,
                                                                            .is_named = bits & 1,
                                                                            .can_load_others = bits & 2,
                                                                            .is_answering = bits & 4});
                assert_int_not_equal(action, POLICY_REFUSE);
                assert_int_not_equal(action, POLICY_GIVE_BACK);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_task_may_cost),
        cmocka_unit_test(test_which_tasks_may_be_split),
        cmocka_unit_test(test_what_becomes_of_an_object_at_fault),
        cmocka_unit_test(test_what_a_failure_calls_for),
        cmocka_unit_test(test_only_a_claimed_task_is_refused_or_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
