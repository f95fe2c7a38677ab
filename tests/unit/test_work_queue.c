/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "worker/work_queue.h"

enum { MANY = 1000, SOON_MS = 20, FOR_EVER_MS = 3600000 };

static Work make_work(int32_t task, int64_t wait_ms)
{
    return (Work){.message = {.task = task}, .due_ms = wait_ms > 0 ? clock_now_ms() + wait_ms : 0};
}

static void assert_next(WorkQueue *queue, int32_t task)
{
    Work work;
    assert_true(work_queue_pop(queue, &work));
    assert_int_equal(work.message.task, task);
    assert_true(work.due_ms <= clock_now_ms());
}

static void push(WorkQueue *queue, int32_t task)
{
    assert_true(work_queue_push(queue, &(Work){.message = {.task = task}}));
}

static void put_back(WorkQueue *queue, Work work)
{
    if (work.due_ms == 0)
        work.due_ms = clock_now_ms();
    assert_true(work_queue_put_back(queue, &work));
}

static void test_in_the_order_in_which_it_came(void **state)
{
    (void)state;
    WorkQueue queue;
    work_queue_init(&queue);
    for (int32_t task = 0; task < MANY; task++) {
        push(&queue, task);
        if (task > 0)
            assert_next(&queue, task - 1);
    }
    assert_next(&queue, MANY - 1);
    work_queue_done(&queue);
}

static void test_what_is_due_goes_first(void **state)
{
    (void)state;
    WorkQueue queue;
    work_queue_init(&queue);
    put_back(&queue, make_work(1, FOR_EVER_MS));
    push(&queue, 2);
    push(&queue, 3);
    put_back(&queue, make_work(4, SOON_MS));
    assert_next(&queue, 2);
    assert_next(&queue, 3);
    assert_next(&queue, 4); /* waits for it, and for nothing before it */
    assert_int_equal(queue.count, 1);
    work_queue_done(&queue);
}

static void test_it_has_room_for_all(void **state)
{
    (void)state;
    WorkQueue queue;
    Work taken;
    work_queue_init(&queue);
    push(&queue, 0);
    assert_true(work_queue_pop(&queue, &taken));
    for (int32_t task = 1; task < MANY; task++)
        push(&queue, task);
    put_back(&queue, taken);
    for (int32_t task = 1; task < MANY; task++)
        assert_next(&queue, task);
    assert_next(&queue, 0);
    work_queue_done(&queue);
}

static void test_a_task_is_there_once(void **state)
{
    (void)state;
    WorkQueue queue;
    work_queue_init(&queue);
    put_back(&queue, make_work(1, FOR_EVER_MS));
    push(&queue, 2);
    Work again = {.message = {.task = 1}, .waits = 7}, other = {.message = {.run = 1, .task = 2}};
    assert_false(work_queue_push(&queue, &again));
    assert_true(work_queue_push(&queue, &other));
    assert_int_equal(queue.count, 3);
    assert_next(&queue, 1); /* due from then on */
    assert_next(&queue, 2);
    assert_next(&queue, 2);
    work_queue_done(&queue);
}

static void test_what_is_put_back_keeps_its_pace(void **state)
{
    (void)state;
    WorkQueue queue;
    work_queue_init(&queue);
    Work taken = make_work(1, SOON_MS), again = {.message = {.task = 1}, .delivery = {.offset = 8}};
    taken.waits = 7;
    assert_true(work_queue_push(&queue, &again));
    assert_false(work_queue_put_back(&queue, &taken));
    assert_int_equal(taken.delivery.offset, 8);
    assert_true(work_queue_pop(&queue, &taken));
    assert_int_equal(taken.waits, 7);
    assert_int_equal(queue.count, 0);
    work_queue_done(&queue);
}

static void test_work_of_before_a_clear_does_not_come_back(void **state)
{
    (void)state;
    WorkQueue queue;
    Work taken;
    work_queue_init(&queue);
    push(&queue, 1);
    push(&queue, 2);
    assert_true(work_queue_pop(&queue, &taken));
    work_queue_clear(&queue);
    put_back(&queue, taken);
    push(&queue, 3);
    assert_next(&queue, 3);
    assert_int_equal(queue.count, 0);
    work_queue_done(&queue);
}

static void test_a_closed_queue_has_no_work(void **state)
{
    (void)state;
    WorkQueue queue;
    Work work;
    work_queue_init(&queue);
    push(&queue, 0);
    work_queue_close(&queue);
    assert_false(work_queue_pop(&queue, &work));
    work_queue_done(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_the_order_in_which_it_came),
        cmocka_unit_test(test_what_is_due_goes_first),
        cmocka_unit_test(test_it_has_room_for_all),
        cmocka_unit_test(test_a_task_is_there_once),
        cmocka_unit_test(test_what_is_put_back_keeps_its_pace),
        cmocka_unit_test(test_work_of_before_a_clear_does_not_come_back),
        cmocka_unit_test(test_a_closed_queue_has_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
