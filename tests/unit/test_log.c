/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
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
#include "base/log_writer.h"

static int real_stderr;
static FILE *capture;

static int set_up(void **state)
{
    (void)state;
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    capture = tmpfile();
    log_set_level(LOG_INFO);
    log_set_format(LOG_FORMAT_LOGFMT);
    log_set_context();
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
    static const char pattern[] =
        "^(time=|\\{\"time\":\")[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z( |\",)";
    assert_int_equal(regcomp(&time, pattern, REG_EXTENDED), 0);
    text[0] = '\0';
    char line[8192];
    rewind(capture);
    while (fgets(line, sizeof line, capture)) {
        regmatch_t match;
        assert_int_equal(regexec(&time, line, 1, &match, 0), 0);
        assert_true(strlen(line) <= 4096);
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
    log_set_level(LOG_WARNING);
    log_event(LOG_INFO, "hidden");
    log_event(LOG_WARNING, "shown");
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "shown");
    assert_string_equal(read_log(), "level=warning event=shown\nlevel=debug event=shown\n");
}

static void test_names(void **state)
{
    (void)state;
    static const char *const unknown[] = {"loud", "", "Debug", "warning "};
    static const char *const known[] = {"debug", "info", "warning", "error"};
    LogLevel level;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_false(log_find_level(unknown[i], &level));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(log_find_level(known[i], &level));
        assert_int_equal(level, (LogLevel)i);
    }
    LogFormat format;
    assert_true(log_find_format("json", &format));
    assert_int_equal(format, LOG_FORMAT_JSON);
    assert_false(log_find_format("xml", &format));
}

/* A key of an object can neither forge a field nor a line. */
static void test_quoting(void **state)
{
    (void)state;
    log_event(LOG_INFO, "e", LOG_TEXT("a", ""), LOG_TEXT("b", "x y=1"), LOG_TEXT("c", "\"\\"),
              LOG_TEXT("d", "1\nlevel=error\t\r\x7f"), LOG_TEXT("e", "Bj\xc3\xb6rk"));
    assert_string_equal(read_log(), "level=info event=e a=\"\" b=\"x y=1\" c=\"\\\"\\\\\" "
                                    "d=\"1\\nlevel=error\\t\\r\\u007f\" e=Bj\xc3\xb6rk\n");
}

static const char hostile[] =
    "a\"\\\b\x1b[2J\x01\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xff\xc3(\xed\xa0\x80\xf0\x9f\x8e\xb5";
#define HOSTILE_ESCAPED                                                                                                \
    "a\\\"\\\\\\u0008\\u001b[2J\\u0001\\u0085\\u2028\\u202e\\u2066\xef\xbf\xbd\xef\xbf\xbd("                           \
    "\xef\xbf\xbd\xef\xbf\xbd\xef"                                                                                     \
    "\xbf\xbd\xf0\x9f\x8e\xb5"

/* Both formats quote as JSON does; what ends or turns a line in a terminal stands as an escape. */
static void test_hostile_text(void **state)
{
    (void)state;
    log_event(LOG_INFO, "e", LOG_TEXT("key", hostile), LOG_TEXT("backslash", "\\"), LOG_TEXT("invalid", "\x80"));
    log_set_format(LOG_FORMAT_JSON);
    log_event(LOG_INFO, "e", LOG_TEXT("key", hostile));
    assert_string_equal(read_log(),
                        "level=info event=e key=\"" HOSTILE_ESCAPED "\" backslash=\"\\\\\" invalid=\"\xef\xbf\xbd\"\n"
                        "\"level\":\"info\",\"event\":\"e\",\"key\":\"" HOSTILE_ESCAPED "\"}\n");
}

static void test_json(void **state)
{
    (void)state;
    log_set_format(LOG_FORMAT_JSON);
    log_event(LOG_WARNING, "nothing.more");
    log_set_context(LOG_TEXT("task", "12/3"), LOG_NUMBER("attempt", 2));
    log_event(LOG_ERROR, "e", LOG_TEXT("text", "a b"), LOG_TEXT("digits", "7"), LOG_NUMBER("number", INT64_MIN));
    assert_string_equal(read_log(), "\"level\":\"warning\",\"event\":\"nothing.more\"}\n"
                                    "\"level\":\"error\",\"event\":\"e\",\"task\":\"12/3\",\"attempt\":2,"
                                    "\"text\":\"a b\",\"digits\":\"7\",\"number\":-9223372036854775808}\n");
}

static void test_fields_left_out(void **state)
{
    (void)state;
    log_event(LOG_INFO, "e", LOG_TEXT_IF("a", ""), LOG_NUMBER_IF("b", 0), LOG_TEXT_IF("c", "1"), LOG_NUMBER_IF("d", 2));
    assert_string_equal(read_log(), "level=info event=e c=1 d=2\n");
}

/* The long text is cut, wherever it stands and whatever it is made of, and the others stay whole. */
static void check_cut(LogFormat format, const char *piece, const char *quote)
{
    char value[12000] = "";
    for (size_t length = 0; length + strlen(piece) < sizeof value; length += strlen(piece))
        snprintf(value + length, sizeof value - length, "%s", piece);
    log_set_format(format);
    log_event(LOG_INFO, "e", LOG_TEXT("before", "1"), LOG_TEXT("long", value), LOG_NUMBER("after", 7));
    const char *text = read_log();
    assert_true(strlen(text) > 3900);
    assert_non_null(strstr(text, "before"));
    char end[64];
    if (format == LOG_FORMAT_JSON)
        snprintf(end, sizeof end, "\",\"after\":7,\"cut\":true}\n");
    else
        snprintf(end, sizeof end, "%s after=7 cut=true\n", quote);
    assert_string_equal(text + strlen(text) - strlen(end), end);
    const char *last = text + strlen(text) - strlen(end);
    const char *escape = strrchr(text, '\\');
    assert_true(!escape || last - escape >= 2); /* a whole escape, or none */
    assert_true(((unsigned char)last[-1] & 0xC0) != 0xC0);
}

static void test_long_text_is_cut(void **state)
{
    static const char *const pieces[] = {"x", "x y", "\"", "\x01", "\xff", "\xc3\xb6", "\xf0\x9f\x8e\xb5"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        bool is_quoted = i == 1 || i == 2 || i == 3 || i == 4;
        check_cut(LOG_FORMAT_LOGFMT, pieces[i], is_quoted ? "\"" : "");
        tear_down(state);
        set_up(state);
        check_cut(LOG_FORMAT_JSON, pieces[i], "\"");
        tear_down(state);
        set_up(state);
    }
}

/* More long texts than a line holds: each is there, with what is left for it. */
static void test_several_long_texts(void **state)
{
    (void)state;
    char value[2000];
    memset(value, '\n', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    log_set_context(LOG_TEXT("one", value), LOG_TEXT("two", value));
    log_event(LOG_INFO, "e", LOG_TEXT("three", value), LOG_TEXT("four", value), LOG_TEXT("five", value),
              LOG_NUMBER("six", 6));
    const char *text = read_log();
    static const char *const keys[] = {"one=\"", "two=\"", "three=\"", "four=\"", "five=\"", "six=6 cut=true\n"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_non_null(strstr(text, keys[i]));
}

static void *log_from_thread(void *unused)
{
    log_event(LOG_INFO, "from.thread");
    log_set_context(LOG_TEXT("task", "2/1"));
    return unused;
}

static void test_context_belongs_to_the_thread(void **state)
{
    (void)state;
    char task[] = "1/2";
    log_set_context(LOG_TEXT("task", task), LOG_TEXT("partition", "a b"));
    task[0] = '9';
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_from_thread, NULL), 0);
    pthread_join(thread, NULL);
    log_event(LOG_INFO, "e", LOG_NUMBER("n", 1));
    log_event(LOG_INFO, "e", LOG_TEXT("task", "1/9"));
    log_set_context(LOG_TEXT("task", "1/3"));
    log_event(LOG_INFO, "e");
    log_set_context();
    log_event(LOG_INFO, "e");
    assert_string_equal(read_log(), "level=info event=from.thread\n"
                                    "level=info event=e task=1/2 partition=\"a b\" n=1\n"
                                    "level=info event=e partition=\"a b\" task=1/9\n"
                                    "level=info event=e task=1/3\n"
                                    "level=info event=e\n");
}

enum { FLOOD_LINES = 20000 };

static void *log_a_flood(void *unused)
{
    char text[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < FLOOD_LINES; i++)
        log_event(LOG_INFO, "flood", LOG_NUMBER("n", i), LOG_TEXT("text", text));
    return unused;
}

/* Of a pipe, until the line that is asked for; each line is whole, and numbers follow each other. */
static int64_t read_flood(FILE *reader, const char *until, int64_t *last)
{
    char line[8192];
    int64_t number, dropped = 0;
    while (fgets(line, sizeof line, reader)) {
        assert_non_null(strchr(line, '\n'));
        const char *event = strstr(line, " event=");
        assert_non_null(event);
        if (strncmp(event, until, strlen(until)) == 0)
            return dropped;
        if (sscanf(event, " event=flood n=%" SCNd64, &number) == 1) {
            assert_true(number == *last + 1);
            *last = number;
        } else {
            assert_int_equal(sscanf(event, " event=log.dropped lines=%" SCNd64, &number), 1);
            dropped += number;
        }
    }
    fail_msg("the log ended before %s", until);
    return 0;
}

/* stderr is a pipe, which nobody reads yet. */
static FILE *open_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return fdopen(ends[0], "r");
}

/* Nobody reads: whoever logs goes on, and what was lost is said, once somebody reads, at its place. There is one: a
 * line that would fit where a longer one did not is lost too. */
static void test_a_reader_that_does_not_read(void **state)
{
    (void)state;
    FILE *reader = open_pipe();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_a_flood, NULL), 0);
    pthread_join(thread, NULL); /* hangs where a line waits for the reader */
    log_event(LOG_INFO, "short");
    int64_t last = -1;
    assert_int_equal(read_flood(reader, " event=log.dropped", &last), 0);
    assert_in_range(last, 1000, FLOOD_LINES - 2);
    log_event(LOG_INFO, "after");
    assert_int_equal(read_flood(reader, " event=after", &last), 0);
    fclose(reader);
}

/* The count is that of the lines that are missing; lines after it get through. */
static void test_dropped_lines_are_counted(void **state)
{
    (void)state;
    FILE *reader = open_pipe();
    log_a_flood(NULL);
    char line[8192];
    int64_t dropped = 0, lines = 0;
    while (dropped == 0 && fgets(line, sizeof line, reader)) {
        const char *said = strstr(line, "event=log.dropped lines=");
        lines += !said;
        if (said)
            assert_int_equal(sscanf(said, "event=log.dropped lines=%" SCNd64, &dropped), 1);
    }
    assert_true(lines + dropped == FLOOD_LINES);
    fclose(reader);
}

/* Once a disk has room again it is said how many lines it did not take. */
static void test_what_could_not_be_written_is_counted(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    dup2(full, STDERR_FILENO);
    close(full);
    log_event(LOG_INFO, "lost");
    log_event(LOG_INFO, "lost");
    dup2(fileno(capture), STDERR_FILENO);
    log_event(LOG_INFO, "kept");
    log_event(LOG_INFO, "kept"); /* after what is said of the others, or before it */
    log_writer_flush(LOG_WRITER_FLUSH_MS);
    const char *text = read_log();
    assert_null(strstr(text, "lost"));
    assert_non_null(strstr(text, "level=info event=kept\n"));
    assert_non_null(strstr(text, "level=warning event=log.dropped lines=2\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quoting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fields_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_text_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_long_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reader_that_does_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dropped_lines_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_could_not_be_written_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_context_belongs_to_the_thread, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
