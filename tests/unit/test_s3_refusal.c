/* SPDX-License-Identifier: Apache-2.0
 *
 * What S3's refusals come to: a kind, and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "s3/refusals.h"

static void check_kinds(int status, const char *code, ErrorKind bucket_kind, ErrorKind object_kind)
{
    S3Refusal refusal = {0};
    Error error;
    snprintf(refusal.code, sizeof refusal.code, "%s", code);
    assert_false(s3_refusal_report(&refusal, status, S3_SUBJECT_BUCKET, &error));
    assert_int_equal(error.kind, bucket_kind);
    assert_int_equal(error.service, SERVICE_S3);
    assert_false(s3_refusal_report(&refusal, status, S3_SUBJECT_OBJECT, &error));
    assert_int_equal(error.kind, object_kind);
}

static void test_kinds(void **state)
{
    (void)state;
    static const int retried[] = {408, 429, 500, 502, 503, 504, 599};
    for (size_t i = 0; i < sizeof retried / sizeof retried[0]; i++)
        check_kinds(retried[i], "", ERROR_RETRY, ERROR_RETRY);
    check_kinds(400, "RequestTimeout", ERROR_RETRY, ERROR_RETRY);
    check_kinds(200, "InternalError", ERROR_RETRY, ERROR_RETRY);
    check_kinds(200, "SlowDown", ERROR_RETRY, ERROR_RETRY);
    check_kinds(403, "", ERROR_DENIED, ERROR_REJECT);
    check_kinds(403, "AccessDenied", ERROR_DENIED, ERROR_REJECT);
    check_kinds(403, "InvalidObjectState", ERROR_REJECT, ERROR_REJECT);
    check_kinds(403, "SignatureDoesNotMatch", ERROR_DENIED, ERROR_DENIED);
    check_kinds(403, "InvalidAccessKeyId", ERROR_DENIED, ERROR_DENIED);
    check_kinds(400, "ExpiredToken", ERROR_DENIED, ERROR_DENIED);
    check_kinds(400, "InvalidToken", ERROR_DENIED, ERROR_DENIED);
    check_kinds(403, "RequestTimeTooSkewed", ERROR_DENIED, ERROR_DENIED);
    check_kinds(404, "NoSuchKey", ERROR_FATAL, ERROR_STALE);
    check_kinds(404, "NoSuchBucket", ERROR_FATAL, ERROR_REFUSED);
    check_kinds(404, "", ERROR_FATAL, ERROR_STALE);
    check_kinds(412, "PreconditionFailed", ERROR_RETRY, ERROR_STALE);
    check_kinds(301, "PermanentRedirect", ERROR_FATAL, ERROR_REFUSED);
    check_kinds(501, "NotImplemented", ERROR_FATAL, ERROR_REFUSED);
    check_kinds(505, "", ERROR_FATAL, ERROR_REFUSED);
    check_kinds(400, "InvalidArgument", ERROR_FATAL, ERROR_REJECT);
}

static void check_sentence(const char *body, int status, const char *expected)
{
    S3Refusal refusal = {0};
    Error error;
    s3_refusal_parse(&refusal, slice_from_text(body));
    s3_refusal_report(&refusal, status, S3_SUBJECT_OBJECT, &error);
    s3_refusal_name_object(&error, "bucket", "a\tb");
    assert_string_equal(error.message, expected);
}

static void test_sentences(void **state)
{
    (void)state;
    check_sentence("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The specified key does not "
                   "exist.</Message><Key>a</Key></Error>",
                   404,
                   "s3://bucket/a?b: S3 refused with status 404 NoSuchKey, The specified key does not exist: it is not "
                   "there any more, or never was");
    check_sentence("", 412, "s3://bucket/a?b: S3 refused with status 412: it has changed since it was listed");
    check_sentence("<html>", 503, "s3://bucket/a?b: S3 refused with status 503: it is worth trying again");
    check_sentence("<Error><Code>NotImplemented</Code></Error>", 501,
                   "s3://bucket/a?b: S3 refused with status 501 NotImplemented: the server does not implement this "
                   "request: check [AWS] ENDPOINT_URL");
    check_sentence("<Error><Code>SlowDown</Code><Message>a&#10;b&#27;c", 503,
                   "s3://bucket/a?b: S3 refused with status 503 SlowDown: it is worth trying again, more slowly");
    check_sentence(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m&#10;n</Message><Region>eu-west-1</Region>"
        "</Error>",
        400,
        "s3://bucket/a?b: S3 refused with status 400 AuthorizationHeaderMalformed, m?n: set [AWS] REGION "
        "(and ENDPOINT_URL if it is set) to the bucket's region (the bucket is in eu-west-1)");
}

#define KMS_KEY "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KMS_SENTENCE                                                                                                   \
    "User: arn:aws:sts::111122223333:assumed-role/copyfleet-worker-production/i-0123456789abcdef0 is not authorized "  \
    "to perform: kms:Decrypt on resource: " KMS_KEY " because no identity-based policy allows the kms:Decrypt action"

/* They stand in S3's own sentence, which is whole, and what is to be allowed is not what the code alone would say. */
static void test_encrypted(void **state)
{
    (void)state;
    check_sentence("<Error><Code>AccessDenied</Code><Message>" KMS_SENTENCE "</Message></Error>", 403,
                   "s3://bucket/a?b: S3 refused with status 403 AccessDenied, " KMS_SENTENCE
                   ": allow these credentials kms:Decrypt on the key that it is encrypted with, and "
                   "kms:GenerateDataKey to write");
    check_sentence("<Error><Code>KMS.DisabledException</Code><Message>" KMS_KEY " is disabled.</Message></Error>", 400,
                   "s3://bucket/a?b: S3 refused with status 400 KMS.DisabledException, " KMS_KEY
                   " is disabled: it is encrypted with a KMS key that cannot be used: enable the key, or write the "
                   "object again");
    check_sentence("<Error><Code>InvalidRequest</Code><Message>The object was stored using a form of Server Side "
                   "Encryption. The correct parameters must be provided.</Message></Error>",
                   400,
                   "s3://bucket/a?b: S3 refused with status 400 InvalidRequest, The object was stored using a form of "
                   "Server Side Encryption. The correct parameters must be provided: it is encrypted with a key that "
                   "its writer keeps (SSE-C): write it again without");
    S3Refusal refusal = {.code = "AccessDenied", .message = KMS_SENTENCE};
    assert_false(s3_refusal_is_denial(&refusal, 403));
    refusal.message[0] = '\0';
    assert_true(s3_refusal_is_denial(&refusal, 403));
}

/* A sentence without an end is cut after a word, and says so; the advice after it stays. */
static void test_long_sentence(void **state)
{
    (void)state;
    S3Refusal refusal = {0};
    char sentence[2001] = "";
    for (size_t i = 0; i + 6 < sizeof sentence; i += 6)
        memcpy(sentence + i, "words ", 7);
    s3_refusal_keep(&refusal, "Message", slice_from_text(sentence));
    assert_true(strlen(refusal.message) > 390);
    assert_string_equal(refusal.message + strlen(refusal.message) - strlen("words…"), "words…");
    char key[1025];
    memset(key, 'k', sizeof key);
    key[1024] = '\0';
    Error error;
    s3_refusal_report(&refusal, 403, S3_SUBJECT_OBJECT, &error);
    s3_refusal_name_object(&error, "a-bucket-with-the-longest-name-that-a-bucket-may-have-since-2018", key);
    assert_non_null(strstr(error.message, "a bucket whose requester pays is not read"));
}

/* A key of 1,024 bytes must leave room for what is wrong with it, and is not cut inside a character. */
static void test_long_key(void **state)
{
    (void)state;
    char key[1025];
    for (size_t i = 0; i + 3 < sizeof key; i += 3)
        memcpy(key + i, "\xe6\x97\xa5", 3);
    key[1023] = 'k';
    key[1024] = '\0';
    Error error;
    error_set(&error, ERROR_REJECT, "the reason");
    assert_false(s3_refusal_name_object(&error, "bucket", key));
    assert_non_null(strstr(error.message, "\xe6\x97\xa5…: the reason"));
    assert_int_equal(error.kind, ERROR_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_sentences), cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_long_sentence), cmocka_unit_test(test_long_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
