/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static int real_stderr;
static FILE *capture;

static int set_up(void **state)
{
    (void)state;
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    capture = tmpfile();
    log_set_level("info");
    log_set_context("");
    return real_stderr < 0 || !capture || dup2(fileno(capture), STDERR_FILENO) < 0;
}

static int tear_down(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    return fclose(capture);
}

/* All that was logged, each line without its time, which must be there. */
static const char *read_log(void)
{
    static char text[20000];
    size_t length = 0;
    regex_t time;
    assert_int_equal(
        regcomp(&time, "^time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z ", REG_EXTENDED), 0);
    text[0] = '\0';
    char line[8192];
    rewind(capture);
    while (fgets(line, sizeof line, capture)) {
        regmatch_t match;
        assert_int_equal(regexec(&time, line, 1, &match, 0), 0);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", line + match.rm_eo);
    }
    regfree(&time);
    return text;
}

static void test_fields(void **state)
{
    (void)state;
    log_event(LOG_INFO, "task.loaded", LOG_TEXT("dataset", "events"), LOG_NUMBER("rows", -7));
    log_event(LOG_ERROR, "run.failed");
    assert_string_equal(read_log(), "level=info event=task.loaded dataset=events rows=-7\n"
                                    "level=error event=run.failed\n");
}

static void test_level(void **state)
{
    (void)state;
    log_event(LOG_DEBUG, "hidden");
    log_set_level("warning");
    log_event(LOG_INFO, "hidden");
    log_event(LOG_WARNING, "shown");
    log_set_level("debug");
    log_event(LOG_DEBUG, "shown");
    assert_string_equal(read_log(), "level=warning event=shown\nlevel=debug event=shown\n");
}

static void test_level_names(void **state)
{
    (void)state;
    static const char *const unknown[] = {"loud", "", "Debug", "warning "};
    log_set_level("error");
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        log_set_level(unknown[i]);
    log_event(LOG_WARNING, "hidden");
    log_event(LOG_ERROR, "shown");
    assert_string_equal(read_log(), "level=error event=shown\n");
}

/* A key of an object can neither forge a field nor a line. */
static void test_quoting(void **state)
{
    (void)state;
    log_event(LOG_INFO, "e", LOG_TEXT("a", ""), LOG_TEXT("b", "x y=1"), LOG_TEXT("c", "\"\\"),
              LOG_TEXT("d", "1\nlevel=error\t\r\x7f"), LOG_TEXT("e", "Bj\xc3\xb6rk"));
    assert_string_equal(read_log(), "level=info event=e a=\"\" b=\"x y=1\" c=\"\\\"\\\\\" "
                                    "d=\"1\\nlevel=error\\t\\x0d\\x7f\" e=Bj\xc3\xb6rk\n");
}

static void test_long_field_is_cut(void **state)
{
    (void)state;
    char value[6000];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    log_event(LOG_INFO, "plain", LOG_TEXT("before", "1"), LOG_TEXT("long", value), LOG_TEXT("after", "1"));
    value[0] = ' ';
    log_event(LOG_INFO, "quoted", LOG_TEXT("long", value));
    const char *text = read_log(), *second = strchr(text, '\n') + 1;
    assert_memory_equal(text, "level=info event=plain before=1 ", 32);
    assert_memory_equal(second - 10, " cut=true\n", 10);
    assert_memory_equal(second, "level=info event=quoted long=\" xxx", 34);
    assert_string_equal(second + strlen(second) - 10, " cut=true\n");
    assert_true(strlen(second) < 4200);
    assert_null(strstr(text, "after"));
}

static void *log_from_thread(void *unused)
{
    log_event(LOG_INFO, "from.thread");
    log_set_context("run=2");
    return unused;
}

static void test_context_belongs_to_the_thread(void **state)
{
    (void)state;
    log_set_context("run=1 task=2");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_from_thread, NULL), 0);
    pthread_join(thread, NULL);
    log_event(LOG_INFO, "e", LOG_NUMBER("n", 1));
    log_set_context("");
    log_event(LOG_INFO, "e");
    assert_string_equal(read_log(), "level=info event=from.thread\n"
                                    "level=info event=e run=1 task=2 n=1\n"
                                    "level=info event=e\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_level_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quoting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_field_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_context_belongs_to_the_thread, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
