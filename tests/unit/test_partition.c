/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "task/partition.h"

typedef struct Example {
    const char *pattern;
    const char *key;
    const char *partition;
} Example;

#define DAY "([0-9]{4}-[0-9]{2}-[0-9]{2})[^/]*$"
#define LETTERS "([^/]+)/([^/]+)/[^/]+/[^/]+$"

static const Example examples[] = {
    {DAY, "log_data/2018/11/2018-11-12-events.json", "2018-11-12"},
    {DAY, "log_data/2018-11-12/events.json", "-"},
    {DAY, "2018-11-12", "2018-11-12"},
    {LETTERS, "song_data/A/B/C/TRABC12128F429.json", "A/B"},
    {LETTERS, "a/b", "-"},
    {"", "any/key", "-"},
    {"x", "", "-"},
    {"(a)|(b)", "b", "b"},
    {"(a)?(b)", "b", "b"},
    {"(a*)b", "b", "-"},
    {"((a)(b))", "ab", "ab/a/b"},
    {"/(é)/", "café/é/e", "é"},
    {"^([^/]*)/", "\n'\"/x", "\n'\""},
    {"(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "0123456789ab", "0/1/2/3/4/5/6/7/8"},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        AUTO_PARTITION_PATTERN pattern = NULL;
        Error error;
        assert_true(partition_pattern_open(examples[i].pattern, &pattern, &error));
        assert_string_equal(partition_of_key(pattern, examples[i].key), examples[i].partition);
    }
}

static void test_one_pattern_for_many_keys(void **state)
{
    (void)state;
    AUTO_PARTITION_PATTERN pattern = NULL;
    Error error;
    assert_true(partition_pattern_open("^([a-z]+)", &pattern, &error));
    assert_string_equal(partition_of_key(pattern, "long/1"), "long");
    assert_string_equal(partition_of_key(pattern, "9"), "-");
    assert_string_equal(partition_of_key(pattern, "b/1"), "b");
}

static void test_no_pattern(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(", "[a", "a{2,1}", "*("};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        AUTO_PARTITION_PATTERN pattern = NULL;
        Error error;
        assert_false(partition_pattern_open(patterns[i], &pattern, &error));
        assert_int_equal(error.kind, ERROR_FATAL);
        assert_non_null(strstr(error.message, patterns[i]));
        assert_null(pattern);
    }
}

/* Groups in groups repeat the key: what does not fit is left out, and nothing is written past the buffer. */
static void test_longest_key(void **state)
{
    (void)state;
    char key[LIMIT_KEY_BYTES + 1];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    AUTO_PARTITION_PATTERN pattern = NULL;
    Error error;
    assert_true(partition_pattern_open("((((((((k+))))))))", &pattern, &error));
    const char *partition = partition_of_key(pattern, key);
    assert_int_equal(strncmp(partition, key, LIMIT_KEY_BYTES), 0);
    assert_true(strlen(partition) < 2 * (size_t)LIMIT_KEY_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_one_pattern_for_many_keys),
        cmocka_unit_test(test_no_pattern),
        cmocka_unit_test(test_longest_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
