/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/limits.h"
#include "task/message.h"

#define LEDGER "5b0c6c1e-0000-4000-8000-00000000000a"

static const TaskMessage task = {.ledger = LEDGER, .run = 9223372036854775807, .task = 2147483647};

static void test_task_comes_back(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_MESSAGE_BYTES);
    message_write_task(&task, &text);
    TaskMessage read;
    Error error;
    assert_true(message_read_task(buffer_slice(&text), &read, &error));
    assert_string_equal(read.ledger, LEDGER);
    assert_int_equal(read.run, task.run);
    assert_int_equal(read.task, task.task);
    ReportMessage report;
    assert_false(message_read_report(buffer_slice(&text), &report, &error));
    assert_int_equal(error.kind, ERROR_REJECT);
}

static void test_report_comes_back(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_MESSAGE_BYTES);
    ReportMessage message = {.task = task, .outcome = "released", .worker = "höst \"1\":4711/2"};
    message_write_report(&message, &text);
    ReportMessage read;
    Error error;
    assert_true(message_read_report(buffer_slice(&text), &read, &error));
    assert_int_equal(read.task.run, task.run);
    assert_string_equal(read.outcome, message.outcome);
    assert_string_equal(read.worker, message.worker);
    TaskMessage other;
    assert_false(message_read_task(buffer_slice(&text), &other, &error));
}

static json_t *write_dead_letter(const DeadLetterMessage *message)
{
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_DEAD_LETTER_BYTES);
    message_write_dead_letter(message, &text);
    json_t *object = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(object);
    return object;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void test_dead_letter_is_json_whatever_the_object_is_called(void **state)
{
    (void)state;
    DeadLetterMessage message = {.task = task,
                                 .dataset = "events",
                                 .partition = "\xff",
                                 .bucket = "bucket",
                                 .key = "a\"b\\c\nd\x7f ü",
                                 .etag = "\"etag\"",
                                 .reason = "line 3 is no JSON",
                                 .line = 3,
                                 .column = "ts"};
    json_t *object = write_dead_letter(&message);
    assert_string_equal(text_of(object, "type"), "dead-letter");
    assert_string_equal(text_of(object, "ledger"), LEDGER);
    assert_string_equal(text_of(object, "key"), message.key);
    assert_string_equal(text_of(object, "etag"), message.etag);
    assert_string_equal(text_of(object, "partition"), "(not UTF-8)");
    assert_int_equal(json_integer_value(json_object_get(object, "line")), 3);
    json_decref(object);
}

static void test_dead_letter_without_a_row_to_blame(void **state)
{
    (void)state;
    DeadLetterMessage message = {
        .task = task, .dataset = "d", .partition = "p", .bucket = "b", .key = "k", .reason = "r"};
    json_t *object = write_dead_letter(&message);
    static const char *const names[] = {"line", "column", "etag"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(json_is_null(json_object_get(object, names[i])));
    json_decref(object);
}

/* The longest key, escaped six to one, and the longest reason: no message may be too long for its buffer. */
static void test_longest_dead_letter_fits(void **state)
{
    (void)state;
    char key[LIMIT_KEY_BYTES + 1], reason[sizeof((Error *)0)->message];
    memset(key, 1, sizeof key - 1);
    memset(reason, 2, sizeof reason - 1);
    key[sizeof key - 1] = reason[sizeof reason - 1] = '\0';
    DeadLetterMessage message = {
        .task = task, .dataset = "d", .partition = key, .bucket = "b", .key = key, .etag = "e", .reason = reason};
    json_t *object = write_dead_letter(&message);
    assert_string_equal(text_of(object, "key"), key);
    assert_string_equal(text_of(object, "reason"), reason);
    json_decref(object);
}

#define HEAD "{\"version\": 1, \"type\": \"task\", "
#define WITH_LEDGER HEAD "\"ledger\": \"" LEDGER "\", "

static void test_what_is_none_of_ours(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "\"task\"",
        "{}",
        WITH_LEDGER "\"run\": 1, \"task\": 1} more",
        "{\"version\": 2, \"type\": \"task\", \"ledger\": \"" LEDGER "\", \"run\": 1, \"task\": 1}",
        "{\"version\": \"1\", \"type\": \"task\", \"ledger\": \"" LEDGER "\", \"run\": 1, \"task\": 1}",
        "{\"version\": 1, \"type\": \"tasks\", \"ledger\": \"" LEDGER "\", \"run\": 1, \"task\": 1}",
        "{\"version\": 1, \"type\": \"0123456789abcdef\", \"ledger\": \"" LEDGER "\", \"run\": 1, \"task\": 1}",
        HEAD "\"run\": 1, \"task\": 1}",
        HEAD "\"ledger\": 5, \"run\": 1, \"task\": 1}",
        HEAD "\"ledger\": \"" LEDGER "0\", \"run\": 1, \"task\": 1}",
        WITH_LEDGER "\"task\": 1}",
        WITH_LEDGER "\"run\": 1}",
        WITH_LEDGER "\"run\": 0, \"task\": 1}",
        WITH_LEDGER "\"run\": -1, \"task\": 1}",
        WITH_LEDGER "\"run\": 1.0, \"task\": 1}",
        WITH_LEDGER "\"run\": \"1\", \"task\": 1}",
        WITH_LEDGER "\"run\": 9223372036854775808, \"task\": 1}",
        WITH_LEDGER "\"run\": 1, \"task\": 2147483648}",
        WITH_LEDGER "\"run\": 1, \"task\": null}",
        "\xff\xfe",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        TaskMessage read = {.run = -7};
        Error error;
        if (message_read_task((Slice){texts[i], strlen(texts[i])}, &read, &error))
            fail_msg("taken for a task: %s", texts[i]);
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_int_equal(read.run, -7);
    }
}

static void test_unknown_members_do_not_matter(void **state)
{
    (void)state;
    const char *text = WITH_LEDGER "\"run\": 3, \"task\": 4, \"later\": {\"a\": []}}";
    TaskMessage read;
    Error error;
    assert_true(message_read_task((Slice){text, strlen(text)}, &read, &error));
    assert_int_equal(read.task, 4);
}

static void test_too_long_or_too_deep(void **state)
{
    (void)state;
    static char text[LIMIT_MESSAGE_BYTES + 1];
    memset(text, ' ', sizeof text);
    text[0] = '{';
    text[1] = '}';
    TaskMessage read;
    Error error;
    assert_false(message_read_task((Slice){text, sizeof text}, &read, &error));
    assert_non_null(strstr(error.message, "longer"));
    memset(text, '[', sizeof text);
    assert_false(message_read_task((Slice){text, sizeof text - 1}, &read, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task_comes_back),
        cmocka_unit_test(test_report_comes_back),
        cmocka_unit_test(test_dead_letter_is_json_whatever_the_object_is_called),
        cmocka_unit_test(test_dead_letter_without_a_row_to_blame),
        cmocka_unit_test(test_longest_dead_letter_fits),
        cmocka_unit_test(test_what_is_none_of_ours),
        cmocka_unit_test(test_unknown_members_do_not_matter),
        cmocka_unit_test(test_too_long_or_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
