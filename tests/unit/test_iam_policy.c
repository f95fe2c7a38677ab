/* SPDX-License-Identifier: Apache-2.0
 *
 * What the role may do, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "control/iam_policy.h"

#define TRUST(services)                                                                                                \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[" services           \
    "]},\"Action\":\"sts:AssumeRole\"}]}"

#define READING(objects, buckets)                                                                                      \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":"       \
    "[" objects                                                                                                        \
    "]},{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\",\"s3:GetBucketLocation\"],\"Resource\":[" buckets "]}]}"

static void assert_text(const Buffer *text, const char *expected)
{
    AUTO_FREE char *copy = memory_copy_slice(buffer_slice(text));
    assert_string_equal(copy, expected);
}

static void test_who_may_assume_it(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, 4 * KIB);
    assert_true(iam_policy_append_trust(&text, false));
    assert_text(&text, TRUST("\"redshift.amazonaws.com\""));
    buffer_clear(&text);
    assert_true(iam_policy_append_trust(&text, true));
    assert_text(&text, TRUST("\"redshift.amazonaws.com\",\"redshift-serverless.amazonaws.com\""));
}

/* Up to four datasets, of location and jsonpaths. */
static bool append(Buffer *out, const char *const datasets[][2], size_t count, const char *manifests, Error *error)
{
    Dataset made[4] = {0};
    for (size_t i = 0; i < count; i++) {
        made[i].location = memory_copy_text(datasets[i][0]);
        made[i].json = memory_copy_text(datasets[i][1]);
    }
    AUTO_FREE char *prefix = memory_copy_text(manifests);
    const Config config = {.datasets = made, .dataset_count = count, .warehouse.manifest_prefix = prefix};
    buffer_init(out, 64 * KIB);
    bool is_done = iam_policy_append_reading(out, &config, "aws", error);
    for (size_t i = 0; i < count; i++) {
        free(made[i].location);
        free(made[i].json);
    }
    return is_done;
}

static void test_what_is_configured_and_nothing_else(void **state)
{
    (void)state;
    AUTO_BUFFER text = {0};
    Error error;
    const char *const datasets[][2] = {{"s3://a/log_data s3://b/more/", "s3://a/paths.json"},
                                       {"s3://a/log_data\ts3://c", "auto"},
                                       {"", "auto ignorecase"},
                                       {"s3://d/x", "/etc/paths.json"}};
    assert_true(append(&text, datasets, 4, "s3://m/manifests", &error));
    assert_text(&text, READING("\"arn:aws:s3:::a/log_data*\",\"arn:aws:s3:::b/more/*\",\"arn:aws:s3:::a/paths.json\","
                               "\"arn:aws:s3:::c/*\",\"arn:aws:s3:::d/x*\",\"arn:aws:s3:::m/manifests*\"",
                               "\"arn:aws:s3:::a\",\"arn:aws:s3:::b\",\"arn:aws:s3:::c\",\"arn:aws:s3:::d\","
                               "\"arn:aws:s3:::m\""));
}

/* A star in a key is not all that a star means in a policy. */
static void test_what_would_mean_more(void **state)
{
    (void)state;
    AUTO_BUFFER text = {0};
    Error error;
    const char *const datasets[][2] = {{"s3://a/50*${x}?\"q\"", "auto"}};
    assert_true(append(&text, datasets, 1, "", &error));
    assert_text(&text, READING("\"arn:aws:s3:::a/50${*}${$}{x}${?}\\\"q\\\"*\"", "\"arn:aws:s3:::a\""));
}

static void test_other_partitions(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, KIB);
    char location[] = "s3://a/x", json[] = "auto", prefix[] = "";
    Dataset dataset = {.location = location, .json = json};
    Error error;
    const Config config = {.datasets = &dataset, .dataset_count = 1, .warehouse.manifest_prefix = prefix};
    assert_true(iam_policy_append_reading(&text, &config, "aws-cn", &error));
    assert_text(&text, READING("\"arn:aws-cn:s3:::a/x*\"", "\"arn:aws-cn:s3:::a\""));
}

static void test_nothing_to_read(void **state)
{
    (void)state;
    AUTO_BUFFER text = {0};
    AUTO_BUFFER other = {0};
    Error error;
    const char *const datasets[][2] = {{"", "auto"}, {"bucket/key", "auto"}};
    assert_false(append(&text, datasets, 1, "s3://m/manifests", &error));
    assert_non_null(strstr(error.message, "no dataset has a LOCATION"));
    assert_false(append(&other, datasets, 2, "", &error));
    assert_non_null(strstr(error.message, "bucket/key"));
}

static void test_more_than_iam_takes(void **state)
{
    (void)state;
    AUTO_BUFFER places;
    AUTO_BUFFER text = {0};
    buffer_init(&places, 64 * KIB);
    for (int i = 0; i < 300; i++)
        assert_true(buffer_append_format(&places, "s3://a/some/folder/number/%d ", i));
    assert_true(buffer_append(&places, (Slice){"", 1}));
    const char *const datasets[][2] = {{places.data, "auto"}};
    Error error;
    assert_false(append(&text, datasets, 1, "", &error));
    assert_non_null(strstr(error.message, "DWH_IAM_POLICY = managed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_may_assume_it),    cmocka_unit_test(test_what_is_configured_and_nothing_else),
        cmocka_unit_test(test_what_would_mean_more), cmocka_unit_test(test_other_partitions),
        cmocka_unit_test(test_nothing_to_read),      cmocka_unit_test(test_more_than_iam_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
