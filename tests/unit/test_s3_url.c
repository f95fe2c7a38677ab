/* SPDX-License-Identifier: Apache-2.0
 *
 * s3:// addresses, endpoints, and where a bucket is at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "s3/address.h"
#include "s3/s3.h"

static void check_url(const char *url, const char *bucket, const char *key)
{
    Slice found_bucket;
    Slice found_key;
    Error error;
    if (!s3_url_parse(url, &found_bucket, &found_key, &error))
        fail_msg("%s: %s", url, error.message);
    assert_true(slice_equals(found_bucket, slice_from_text(bucket)));
    assert_true(slice_equals(found_key, slice_from_text(key)));
    assert_true(found_key.data >= url && found_key.data <= url + strlen(url));
}

static void test_urls(void **state)
{
    (void)state;
    check_url("s3://bucket/key", "bucket", "key");
    check_url("s3://bucket/log_data/2018/", "bucket", "log_data/2018/");
    check_url("s3://bucket", "bucket", "");
    check_url("s3://bucket/", "bucket", "");
    check_url("s3://bucket//a//b", "bucket", "/a//b");
    check_url("s3://my.bucket-1/a b?c#d%20", "my.bucket-1", "a b?c#d%20");
    check_url("s3://Old_Bucket/ü", "Old_Bucket", "ü");
}

static void test_bad_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",           "bucket/key",   "http://bucket/key", "S3:/bucket",    "s3:///key",        "s3://",
        "s3://a b/k", "s3://a@b.c/k", "s3://a:80/k",       "s3://a\r\nb/k", "s3://b\xc3\xbc/k", "s3://.a/k",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        Slice bucket;
        Slice key;
        Error error;
        assert_false(s3_url_parse(urls[i], &bucket, &key, &error));
        assert_int_equal(error.kind, ERROR_FATAL);
    }
}

static void check_place(const char *url, bool wants_path_style, const char *bucket, const char *key,
                        const char *host_and_path)
{
    AUTO_ENDPOINT endpoint = {0};
    Error error;
    if (!endpoint_parse(&endpoint, url, wants_path_style, &error))
        fail_msg("%s: %s", url, error.message);
    AUTO_BUFFER host;
    AUTO_BUFFER path;
    buffer_init(&host, 4 * KIB);
    buffer_init(&path, 4 * KIB);
    assert_true(s3_address_locate(&endpoint, slice_from_text(bucket), slice_from_text(key), &host, &path));
    assert_true(buffer_append_text(&host, " ") && buffer_append(&host, buffer_slice(&path)));
    assert_string_equal(host.data, host_and_path);
    assert_int_equal(endpoint.is_tls, strncmp(url, "https", 5) == 0);
}

static void test_places(void **state)
{
    (void)state;
    const char *amazon = "https://s3.eu-west-1.amazonaws.com";
    check_place(amazon, false, "bucket", "a/b", "bucket.s3.eu-west-1.amazonaws.com /a/b");
    check_place(amazon, false, "bucket", "", "bucket.s3.eu-west-1.amazonaws.com /");
    check_place(amazon, false, "bucket", "/a", "bucket.s3.eu-west-1.amazonaws.com //a");
    check_place(amazon, true, "bucket", "a/b", "s3.eu-west-1.amazonaws.com /bucket/a/b");
    check_place(amazon, false, "my.bucket", "a", "s3.eu-west-1.amazonaws.com /my.bucket/a");
    check_place(amazon, false, "old_bucket", "a", "s3.eu-west-1.amazonaws.com /old_bucket/a");
    check_place(amazon, false, "OldBucket", "a", "s3.eu-west-1.amazonaws.com /OldBucket/a");
    check_place("http://127.0.0.1:9000", false, "bucket", "a", "127.0.0.1:9000 /bucket/a");
    check_place("http://127.0.0.1:9000/", false, "bucket", "", "127.0.0.1:9000 /bucket");
    check_place("http://localhost:9000", false, "bucket", "a", "localhost:9000 /bucket/a");
    check_place("http://[::1]:9000", false, "bucket", "a", "[::1]:9000 /bucket/a");
    check_place("http://10.0.0.1:80", false, "bucket", "a", "10.0.0.1 /bucket/a");
    check_place("https://s3.local:443/", false, "bucket", "a", "bucket.s3.local /a");
    check_place("https://s3.local:80/", false, "bucket", "a", "bucket.s3.local:80 /a");
    check_place("https://gate.local/s3/", true, "bucket", "a", "gate.local /s3/bucket/a");
    check_place("https://10.example.com", false, "bucket", "a", "bucket.10.example.com /a");
}

static void test_bad_endpoints(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",           "s3.local",   "ftp://s3.local", "http://", "https://:443", "http:///path", "http://user@host",
        "http://a b", "http://a?b",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        AUTO_ENDPOINT endpoint = {0};
        Error error;
        assert_false(endpoint_parse(&endpoint, urls[i], false, &error));
        assert_int_equal(error.kind, ERROR_FATAL);
        assert_null(endpoint.host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_bad_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
