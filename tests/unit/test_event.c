/* SPDX-License-Identifier: Apache-2.0
 *
 * Each vectors/event/NAME.json is read, and has to come out as NAME.expect says: a line "object BUCKET|KEY" for each
 * call, then, if it is refused, "error WORDS", words that the message of the REJECT has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "task/event.h"
#include "vectors.h"

static bool keep_object(void *context, const char *bucket, const char *key)
{
    assert_true(buffer_append_format(context, "object %s|%s\n", bucket, key));
    return true;
}

static void check_vector(const char *json_path, void *context)
{
    (void)context;
    AUTO_BUFFER json;
    AUTO_BUFFER expected;
    AUTO_BUFFER found;
    vectors_read(json_path, &json);
    vectors_read_beside(json_path, ".expect", &expected);
    buffer_init(&found, MIB);
    assert_true(buffer_append_text(&found, ""));

    Error error = {0};
    bool is_read = event_read(buffer_slice(&json), keep_object, &found, &error);
    const char *refusal = strstr(expected.data, "error ");
    size_t objects = refusal ? (size_t)(refusal - expected.data) : expected.length;
    if (found.length != objects || memcmp(found.data, expected.data, objects) != 0)
        fail_msg("%s: expected\n%sgot\n%s%s", json_path, expected.data, found.data, error.message);
    if (is_read != !refusal)
        fail_msg("%s: %s", json_path, is_read ? "was read" : error.message);
    if (!refusal)
        return;
    AUTO_FREE char *words = memory_format("%.*s", (int)strcspn(refusal + 6, "\n"), refusal + 6);
    assert_int_equal(error.kind, ERROR_REJECT);
    assert_non_null(strstr(error.message, "the event: "));
    if (!strstr(error.message, words))
        fail_msg("%s: '%s' does not say '%s'", json_path, error.message, words);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_check("event", ".json", 47, check_vector, NULL);
}

static bool count_to_three(void *context, const char *bucket, const char *key)
{
    assert_string_equal(bucket, "b");
    assert_string_equal(key, "k");
    return ++*(size_t *)context < 3;
}

#define RECORD "{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"b\"},\"object\":{\"key\":\"k\"}}}"

/* A notification of count records, and what ends it after them. */
static void write_records(Buffer *out, size_t count, const char *last)
{
    buffer_init(out, 2 * LIMIT_EVENT_BYTES);
    assert_true(buffer_append_text(out, "{\"Records\":["));
    for (size_t i = 0; i < count; i++)
        assert_true(buffer_append_text(out, i > 0 ? "," RECORD : RECORD));
    assert_true(buffer_append_text(out, last));
}

static void test_enough(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    write_records(&text, 10, ",null]}");
    size_t count = 0;
    Error error;
    assert_true(event_read(buffer_slice(&text), count_to_three, &count, &error));
    assert_int_equal(count, 3);
}

static bool count_all(void *context, const char *bucket, const char *key)
{
    (void)bucket, (void)key;
    ++*(size_t *)context;
    return true;
}

static void test_records_are_bounded(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        AUTO_BUFFER text;
        write_records(&text, EVENT_RECORDS_MAX + extra, "]}");
        size_t count = 0;
        Error error = {0};
        assert_int_equal(event_read(buffer_slice(&text), count_all, &count, &error), extra == 0);
        assert_int_equal(count, extra == 0 ? EVENT_RECORDS_MAX : 0);
        assert_true(extra == 0 || strstr(error.message, "more than 1000 records"));
    }
}

static void test_too_long_or_too_deep(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    write_records(&text, 1, "]}");
    assert_true(buffer_reserve(&text, LIMIT_EVENT_BYTES));
    memset(text.data + text.length, ' ', LIMIT_EVENT_BYTES);
    size_t count = 0;
    Error error;
    assert_true(event_read((Slice){text.data, LIMIT_EVENT_BYTES}, count_all, &count, &error));
    assert_int_equal(count, 1);
    assert_false(event_read((Slice){text.data, LIMIT_EVENT_BYTES + 1}, count_all, &count, &error));
    assert_int_equal(error.kind, ERROR_REJECT);
    assert_non_null(strstr(error.message, "is longer than 1048576 bytes"));
    memset(text.data, '[', LIMIT_EVENT_BYTES);
    assert_false(event_read((Slice){text.data, LIMIT_EVENT_BYTES}, count_all, &count, &error));
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_enough),
        cmocka_unit_test(test_records_are_bounded),
        cmocka_unit_test(test_too_long_or_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
