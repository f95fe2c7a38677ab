/* SPDX-License-Identifier: Apache-2.0
 *
 * What each kind of failure is taken for: one wrong entry condemns good objects for a table, or tries for ever what is
 * certain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/sqlstate.h"

typedef struct Case {
    const char *state;
    ErrorKind kind;
    ConnectionFault fault;
    const char *advice; /* a part of it; NULL: there is none */
} Case;

static const Case cases[] = {
    {"08006", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"0A000", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"21000", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"22003", ERROR_REJECT, FAULT_OF_EITHER, NULL},
    {"2200H", ERROR_REJECT, FAULT_OF_TABLE, NULL},
    {"22P03", ERROR_REJECT, FAULT_OF_TABLE, NULL},
    {"22P04", ERROR_REJECT, FAULT_OF_TABLE, NULL},
    {"23502", ERROR_REJECT, FAULT_OF_ROW, NULL},
    {"23503", ERROR_REJECT, FAULT_OF_ROW, NULL},
    {"23505", ERROR_REJECT, FAULT_OF_KEY, NULL},
    {"23514", ERROR_REJECT, FAULT_OF_ROW, NULL},
    {"23P01", ERROR_REJECT, FAULT_OF_KEY, NULL},
    {"25001", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"25006", ERROR_OUTAGE, FAULT_OF_SERVER, NULL},
    {"25P02", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"28000", ERROR_DENIED, FAULT_OF_TABLE, NULL},
    {"2D000", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"38000", ERROR_REJECT, FAULT_OF_EITHER, NULL},
    {"39000", ERROR_REJECT, FAULT_OF_EITHER, NULL},
    {"3D000", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"3F000", ERROR_FATAL, FAULT_OF_TABLE, "create-tables"},
    {"40001", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"40P01", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"42501", ERROR_FATAL, FAULT_OF_TABLE, "GRANT"},
    {"42883", ERROR_FATAL, FAULT_OF_TABLE, NULL},
    {"42P01", ERROR_FATAL, FAULT_OF_TABLE, "create-tables"},
    {"44000", ERROR_REJECT, FAULT_OF_ROW, NULL},
    {"53100", ERROR_OUTAGE, FAULT_OF_SERVER, "disk is full"},
    {"53200", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"54000", ERROR_REJECT, FAULT_OF_ROW, NULL},
    {"55000", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"55P03", ERROR_RETRY, FAULT_OF_SERVER, "pg_locks"},
    {"57014", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"57P01", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"58030", ERROR_RETRY, FAULT_OF_SERVER, NULL},
    {"P0001", ERROR_REJECT, FAULT_OF_EITHER, NULL},
    {"XX000", ERROR_RETRY, FAULT_OF_SERVER, NULL},
};

static void test_what_a_state_calls_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *expected = &cases[i];
        const StateKind *found = sqlstate_find(expected->state, "key", NULL);
        bool is_advised =
            expected->advice ? found->advice && strstr(found->advice, expected->advice) : found->advice == NULL;
        if (found->kind != expected->kind || found->fault != expected->fault || !is_advised)
            fail_msg("%s: %s, fault %d, %s", expected->state, error_kind_name(found->kind), (int)found->fault,
                     found->advice ? found->advice : "without advice");
    }
}

/* A missing partition has the state of a CHECK; which function of the server's found it tells them apart. */
static void test_a_missing_partition_is_no_check(void **state)
{
    (void)state;
    const StateKind *found = sqlstate_find("23514", NULL, "ExecFindPartition");
    assert_int_equal(found->fault, FAULT_OF_TABLE);
    assert_non_null(strstr(found->advice, "DEFAULT partition"));
    assert_int_equal(sqlstate_find("23514", NULL, "exec_stmt_raise")->fault, FAULT_OF_ROW);
}

/* A trigger may raise a key's state, and names none. */
static void test_what_is_raised_is_no_key(void **state)
{
    (void)state;
    assert_int_equal(sqlstate_find("23505", NULL, "exec_stmt_raise")->fault, FAULT_OF_EITHER);
    assert_int_equal(sqlstate_find("23P01", NULL, NULL)->fault, FAULT_OF_EITHER);
    assert_int_equal(sqlstate_find("AB123", NULL, "exec_stmt_raise")->fault, FAULT_OF_EITHER);
}

/* The DETAIL of a foreign key has the value; of a trigger, what its author wrote. */
static void test_what_is_said_besides(void **state)
{
    (void)state;
    assert_int_equal(sqlstate_find("23503", "fk", NULL)->besides, STATE_SAYS_DETAIL);
    assert_int_equal(sqlstate_find("P0001", NULL, NULL)->besides, STATE_SAYS_DETAIL);
    assert_int_equal(sqlstate_find("23505", "key", NULL)->besides, STATE_SAYS_ALL);
    assert_int_equal(sqlstate_find("42501", NULL, NULL)->besides, STATE_SAYS_ROLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_state_calls_for),
        cmocka_unit_test(test_a_missing_partition_is_no_check),
        cmocka_unit_test(test_what_is_raised_is_no_key),
        cmocka_unit_test(test_what_is_said_besides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
