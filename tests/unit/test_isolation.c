/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/isolation.h"

enum { THREADS = 6, ROUNDS = 2000 };

typedef struct Visitor {
    pthread_t thread;
    Isolation *isolation;
    int executor;
    bool is_alone;
    bool is_entered;
    atomic_int *inside;
    atomic_int *suspects; /* inside */
    atomic_int *wrong;
} Visitor;

static void *visit(void *context)
{
    Visitor *visitor = context;
    visitor->is_entered = isolation_enter(visitor->isolation, visitor->executor, visitor->is_alone);
    return NULL;
}

static Visitor begin_visit(Isolation *isolation, int executor, bool is_alone)
{
    return (Visitor){.isolation = isolation, .executor = executor, .is_alone = is_alone};
}

static void start(Visitor *visitor)
{
    assert_int_equal(pthread_create(&visitor->thread, NULL, visit, visitor), 0);
}

static Vigil vigil;

static int set_up(void **state)
{
    (void)state;
    vigil_init(&vigil, THREADS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vigil_done(&vigil);
    return 0;
}

static void wait_for_suspect(Isolation *isolation, int executor)
{
    for (bool is_waiting = false; !is_waiting; sched_yield()) {
        pthread_mutex_lock(&isolation->lock);
        is_waiting = isolation->seats[executor - 1] == SEAT_WAITING_ALONE;
        pthread_mutex_unlock(&isolation->lock);
    }
}

/* A suspect waits for those inside, goes before whoever comes after it, and these enter after it. */
static void test_order(void **state)
{
    (void)state;
    Isolation isolation;
    isolation_init(&isolation, &vigil);
    assert_true(isolation_enter(&isolation, 1, false));
    assert_true(isolation_enter(&isolation, 2, false));
    Visitor suspect = begin_visit(&isolation, 3, true), late = begin_visit(&isolation, 4, false);
    start(&suspect);
    wait_for_suspect(&isolation, 3);
    start(&late);
    isolation_leave(&isolation, 1);
    isolation_leave(&isolation, 2);
    pthread_join(suspect.thread, NULL);
    assert_true(suspect.is_entered);
    assert_int_equal(isolation.seats[2], SEAT_LOADING_ALONE);
    assert_int_equal(isolation.seats[3], SEAT_EMPTY);
    isolation_leave(&isolation, 3);
    pthread_join(late.thread, NULL);
    assert_true(late.is_entered);
    assert_int_equal(isolation.seats[3], SEAT_LOADING);
    isolation_leave(&isolation, 4);
    isolation_done(&isolation);
}

static void test_close_ends_waits(void **state)
{
    (void)state;
    Isolation isolation;
    isolation_init(&isolation, &vigil);
    assert_true(isolation_enter(&isolation, 1, false));
    Visitor suspect = begin_visit(&isolation, 2, true);
    start(&suspect);
    wait_for_suspect(&isolation, 2);
    isolation_close(&isolation);
    pthread_join(suspect.thread, NULL);
    assert_false(suspect.is_entered);
    assert_false(isolation_enter(&isolation, 3, false));
    isolation_leave(&isolation, 1);
    isolation_done(&isolation);
}

/* Neither one that loads, nor a suspect that loads or waits. */
static void test_nobody_waits_for_one_that_hangs(void **state)
{
    (void)state;
    Isolation isolation;
    isolation_init(&isolation, &vigil);
    assert_true(isolation_enter(&isolation, 1, false));
    Visitor suspect = begin_visit(&isolation, 2, true), late = begin_visit(&isolation, 3, false);
    start(&suspect);
    wait_for_suspect(&isolation, 2);
    atomic_store(&vigil.executors[0].is_hung, true);
    pthread_join(suspect.thread, NULL);
    assert_true(suspect.is_entered);
    start(&late);
    atomic_store(&vigil.executors[1].is_hung, true);
    pthread_join(late.thread, NULL);
    assert_true(late.is_entered);
    isolation_done(&isolation);
}

static void *come_and_go(void *context)
{
    Visitor *visitor = context;
    for (int i = 0; i < ROUNDS; i++) {
        if (!isolation_enter(visitor->isolation, visitor->executor, visitor->is_alone))
            return NULL;
        int others = atomic_fetch_add(visitor->inside, 1);
        int suspects = atomic_fetch_add(visitor->suspects, visitor->is_alone);
        atomic_fetch_add(visitor->wrong, suspects > 0 || (visitor->is_alone && others > 0));
        atomic_fetch_sub(visitor->suspects, visitor->is_alone);
        atomic_fetch_sub(visitor->inside, 1);
        isolation_leave(visitor->isolation, visitor->executor);
    }
    visitor->is_entered = true;
    return NULL;
}

static void test_nobody_beside_a_suspect(void **state)
{
    (void)state;
    Isolation isolation;
    isolation_init(&isolation, &vigil);
    atomic_int inside = 0, suspects = 0, wrong = 0;
    Visitor visitors[THREADS];
    for (int i = 0; i < THREADS; i++) {
        visitors[i] = (Visitor){.isolation = &isolation,
                                .executor = i + 1,
                                .is_alone = i < 2,
                                .inside = &inside,
                                .suspects = &suspects,
                                .wrong = &wrong};
        assert_int_equal(pthread_create(&visitors[i].thread, NULL, come_and_go, &visitors[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(visitors[i].thread, NULL);
        assert_true(visitors[i].is_entered);
    }
    assert_int_equal(wrong, 0);
    isolation_done(&isolation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_ends_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_waits_for_one_that_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_beside_a_suspect, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
