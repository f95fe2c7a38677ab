/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/probe.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "s3/call.h"
#include "s3/s3.h"

/* Asks the bucket itself: true if an answer came, other than one of a broken server. The answer gets less time than a
 * transfer does, so that the end of an outage is noticed soon. */
static bool ask_bucket(S3Call *call, int64_t wait_ms, Error *error)
{
    call->subject = S3_SUBJECT_BUCKET;
    call->deadline_ms = clock_now_ms() + wait_ms;
    call->request.key = "";
    call->request.is_fresh = true;
    if (!s3_call_exchange(call, error))
        return false;
    int status = http_exchange_outcome(call->s3->exchange)->status;
    return status < 500 || status == 501 || s3_call_report_refusal(call, error);
}

static int64_t answer_wait_ms(const S3 *s3)
{
    return s3->config->patience.connect_timeout.ms;
}

bool s3_probe(S3 *s3, const char *bucket, Error *error)
{
    AUTO_S3_CALL call = {.request = {.method = HTTP_HEAD, .bucket = bucket}};
    s3_call_init(s3, &call);
    return ask_bucket(&call, answer_wait_ms(s3), error) || s3_refusal_name_object(error, bucket, "");
}

bool s3_await(S3 *s3, const char *bucket, Error *error)
{
    AUTO_S3_CALL call = {.request = {.method = HTTP_HEAD, .bucket = bucket}, .is_listing = true};
    s3_call_init(s3, &call);
    while (!ask_bucket(&call, answer_wait_ms(s3), error))
        if ((int64_t)call.retry.tries + 1 >= s3->tries || !s3_call_again(&call, error))
            return !call.is_given_up && s3_refusal_name_object(error, bucket, "");
    return true;
}

/* One key of a prefix. */
static S3Request make_glance(const char *bucket, Slice prefix)
{
    return (S3Request){
        .method = HTTP_GET,
        .bucket = bucket,
        .query = {{SLICE("list-type"), SLICE("2")}, {SLICE("max-keys"), SLICE("1")}, {SLICE("prefix"), prefix}},
        .query_count = 3};
}

bool s3_probe_listing(S3 *s3, const char *bucket, const char *prefix, int64_t wait_ms, Error *error)
{
    assert(wait_ms > 0);
    AUTO_S3_CALL call = {.request = make_glance(bucket, slice_from_text(prefix)), .is_listing = true};
    s3_call_init(s3, &call);
    return ask_bucket(&call, wait_ms, error) || (!call.is_given_up && s3_refusal_name_object(error, bucket, prefix));
}

/* Lists one key. True unless S3 does not answer, or denies these credentials. */
static bool may_list(S3Call *call, Error *error)
{
    return ask_bucket(call, answer_wait_ms(call->s3), error) &&
           (http_exchange_outcome(call->s3->exchange)->status == 200 || s3_call_report_refusal(call, error) ||
            error->kind != ERROR_DENIED);
}

bool s3_probe_rights(S3 *s3, const char *bucket, const char *prefix, Error *error)
{
    AUTO_S3_CALL call = {.request = make_glance(bucket, slice_from_text(prefix))};
    s3_call_init(s3, &call);
    return may_list(&call, error) || s3_refusal_name_object(error, bucket, prefix);
}

/* A HEAD would not do: it is denied if the right to list is bound to a prefix, as it often is in policies. */
void s3_probe_judge_denial(S3 *s3, const char *bucket, const char *key, Error *error)
{
    const char *slash = strrchr(key, '/');
    Slice folder = {key, slash ? (size_t)(slash - key) + 1 : 0};
    AUTO_S3_CALL call = {.request = make_glance(bucket, folder)};
    s3_call_init(s3, &call);
    Error reason;
    if (may_list(&call, &reason)) {
        if (s3->was_denied) /* the rights may have come back just after this denial */
            error_set_service(error, ERROR_OUTAGE, SERVICE_S3,
                              "S3 denied the object, as it denied everything until now");
        s3->was_denied = false;
        return;
    }
    *error = reason;
    if (call.is_denied)
        error_set_service(
            error, ERROR_DENIED, SERVICE_S3,
            "S3 denies these credentials the object, and the right to list its folder in the bucket %s: allow them "
            "s3:ListBucket on the bucket and s3:GetObject in it; a bucket whose requester pays is not read",
            bucket);
}
