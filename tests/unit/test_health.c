/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/health.h"
#include "base/stop.h"

static char folder[] = "/tmp/copyfleet-health-XXXXXX";
static char path[sizeof folder + 16];

static bool is_there(void)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/health", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void begin(void)
{
    Error error;
    assert_true(health_begin(path, &error));
}

static void test_is_there_from_begin_to_end(void **state)
{
    (void)state;
    begin();
    assert_true(is_there());
    health_end();
    assert_false(is_there());
}

static void test_no_path_no_file(void **state)
{
    (void)state;
    Error error;
    assert_true(health_begin("", &error));
    health_touch();
    health_end();
    assert_false(is_there());
}

/* What the file is made again for, sooner or later, is that it is touched. */
static bool comes_back(int64_t within_ms)
{
    int64_t end_ms = clock_now_ms() + within_ms;
    while (!is_there() && clock_now_ms() < end_ms) {
        health_touch();
        (void)!stop_wait_ms(20);
    }
    return is_there();
}

static void test_touched_seldom_and_again(void **state)
{
    (void)state;
    int64_t begun_ms = clock_now_ms();
    begin();
    assert_int_equal(unlink(path), 0);
    assert_true(comes_back(60000));
    assert_true(clock_now_ms() >= begun_ms + HEALTH_TOUCH_MS);
    health_end();
}

static void *touch_until_due(void *context)
{
    int64_t end_ms = clock_now_ms() + HEALTH_TOUCH_MS + 500;
    while (clock_now_ms() < end_ms) {
        health_touch();
        (void)!stop_wait_ms(50);
    }
    return context;
}

static void test_another_thread_says_nothing_of_this_one(void **state)
{
    (void)state;
    pthread_t other;
    begin();
    assert_int_equal(unlink(path), 0);
    assert_int_equal(pthread_create(&other, NULL, touch_until_due, NULL), 0);
    pthread_join(other, NULL);
    assert_false(is_there());
    assert_true(comes_back(60000));
    health_end();
}

static void expect_refusal(const char *at, const char *reason)
{
    Error error;
    assert_false(health_begin(at, &error));
    assert_int_equal(error.kind, ERROR_FATAL);
    assert_non_null(strstr(error.message, at));
    assert_non_null(strstr(error.message, reason));
    assert_non_null(strstr(error.message, "HEALTH_FILE"));
}

static void test_where_it_cannot_be_is_said(void **state)
{
    (void)state;
    expect_refusal("/dev/null/health", strerror(ENOTDIR));
    assert_int_equal(symlink("/dev/null", path), 0);
    expect_refusal(path, strerror(ELOOP));
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_there_from_begin_to_end),
        cmocka_unit_test(test_no_path_no_file),
        cmocka_unit_test(test_touched_seldom_and_again),
        cmocka_unit_test(test_another_thread_says_nothing_of_this_one),
        cmocka_unit_test(test_where_it_cannot_be_is_said),
    };
    return cmocka_run_group_tests_name("health", tests, make_folder, remove_folder);
}
