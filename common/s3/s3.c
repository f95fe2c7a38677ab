/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/s3.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "s3/call.h"

#define REQUEST_TEXT_MAX (64 * KIB)

static void init_texts(S3 *s3)
{
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_init(buffers[i], REQUEST_TEXT_MAX);
    signed_lines_init(&s3->lines);
}

bool s3_open(const Config *config, S3 **out_s3, Error *error)
{
    AUTO_S3 s3 = memory_alloc_zeroed(1, sizeof *s3);
    s3->config = config;
    s3->tries = config->attempts_max;
    init_texts(s3);
    s3->region = credentials_find_region(config);
    AUTO_FREE char *url = credentials_find_endpoint_url(config, s3->region);
    if (!s3_endpoint_parse(&s3->endpoint, url, config->aws_path_style, error) ||
        !credentials_find(config, &s3->credentials, error))
        return false;
    AUTO_FREE char *authorities = credentials_find_authorities(config);
    s3->http = http_open(config->connect_timeout_s, config->stall_s, authorities);
    s3->exchange = http_exchange_open(s3->http);
    *out_s3 = take(s3);
    return true;
}

void s3_close(S3 *s3)
{
    if (!s3)
        return;
    http_exchange_close(s3->exchange);
    http_close(s3->http);
    s3_endpoint_done(&s3->endpoint);
    credentials_done(&s3->credentials);
    signed_lines_done(&s3->lines);
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_done(buffers[i]);
    free(s3->region);
    free(s3);
}

void s3_set_notice(S3 *s3, S3NoticeFunction *notice, void *context)
{
    s3->notice = notice;
    s3->notice_context = context;
}

void s3_set_tries(S3 *s3, int64_t tries)
{
    s3->tries = tries;
}

int64_t s3_list_count(const S3 *s3)
{
    return s3->list_count;
}

void s3_set_meanwhile(S3 *s3, S3MeanwhileFunction *meanwhile, void *context)
{
    s3->meanwhile = meanwhile;
    s3->meanwhile_context = context;
}

/* What s3_get has so far. */
typedef struct Body {
    Buffer *bytes;
    bool is_too_long;
} Body;

static bool append_body(void *context, Slice bytes)
{
    Body *body = context;
    body->is_too_long = !buffer_append(body->bytes, bytes);
    return !body->is_too_long;
}

static bool read_object(S3 *s3, S3Call *call, Body *body, Error *error)
{
    if (!s3_call_exchange(s3, call, error)) {
        if (!body->is_too_long)
            return false;
        return error_set(error, ERROR_REJECT, "it is longer than the %zu bytes that it may have", body->bytes->maximum);
    }
    return http_exchange_outcome(s3->exchange)->status == 200 || s3_call_report_refusal(s3, call, error);
}

bool s3_get(S3 *s3, const char *bucket, const char *key, Buffer *bytes, Error *error)
{
    size_t length = bytes->length;
    Body body = {.bytes = bytes};
    AUTO_S3_CALL call = {.subject = S3_SUBJECT_OBJECT, .take_body = append_body, .context = &body};
    s3_call_init(&call);
    call.request = (S3Request){.method = "GET", .bucket = bucket, .key = key};

    for (unsigned attempt = 0; !read_object(s3, &call, &body, error); attempt++) {
        bytes->length = length;
        if (s3_call_may_try_again(s3, &call, attempt, error)) {
            call.request.is_fresh = true;
            continue;
        }
        if (call.is_denied)
            s3_judge_denial(s3, bucket, key, error);
        return s3_refusal_name_object(error, bucket, key);
    }
    return true;
}

static bool drop_body(void *context, Slice bytes)
{
    (void)context, (void)bytes;
    return true;
}

/* A request that has no answer but its status, which is one of two. */
static bool order(S3 *s3, S3Call *call, int status, int other_status, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(s3->exchange);
    bool is_done = s3_call_exchange(s3, call, error);
    if (is_done && outcome->status != status && outcome->status != other_status)
        is_done = s3_call_report_refusal(s3, call, error);
    return is_done;
}

/* What is written is ours: nobody planned it, and whoever may not write it has to be mended. */
static bool order_patiently(S3 *s3, S3Call *call, int status, int other_status, Error *error)
{
    s3_call_init(call);
    for (unsigned attempt = 0; !order(s3, call, status, other_status, error); attempt++) {
        if (s3_call_may_try_again(s3, call, attempt, error)) {
            call->request.is_fresh = true;
            continue;
        }
        if (error->kind == ERROR_REJECT || error->kind == ERROR_STALE || error->kind == ERROR_REFUSED)
            error->kind = ERROR_FATAL;
        if (call->is_denied)
            error_set_service(error, ERROR_FATAL, SERVICE_S3,
                              "S3 denies these credentials to %s it: allow them s3:PutObject, s3:DeleteObject and "
                              "s3:ListBucket on [S3] MANIFEST_PREFIX",
                              call->request.body.data ? "write" : "delete");
        return s3_refusal_name_object(error, call->request.bucket, call->request.key);
    }
    return true;
}

bool s3_put(S3 *s3, const char *bucket, const char *key, Slice body, int64_t *out_date_s, Error *error)
{
    AUTO_S3_CALL call = {
        .request = {.method = "PUT", .bucket = bucket, .key = key, .body = body},
        .subject = S3_SUBJECT_OBJECT,
        .take_body = drop_body,
    };
    if (!order_patiently(s3, &call, 200, 200, error))
        return false;
    int64_t date_s = http_exchange_outcome(s3->exchange)->date_s;
    if (out_date_s)
        *out_date_s = date_s >= 0 ? date_s : (int64_t)time(NULL);
    return true;
}

bool s3_delete(S3 *s3, const char *bucket, const char *key, Error *error)
{
    AUTO_S3_CALL call = {
        .request = {.method = "DELETE", .bucket = bucket, .key = key},
        .subject = S3_SUBJECT_OBJECT,
        .take_body = drop_body,
    };
    return order_patiently(s3, &call, 204, 404, error);
}

/* Asks the bucket itself: whether an answer came that is none of a broken server. It gets less time than a transfer:
 * whoever waits an outage out is to notice soon that it is over. */
static bool ask_bucket(S3 *s3, S3Call *call, int64_t wait_ms, Error *error)
{
    call->subject = S3_SUBJECT_BUCKET;
    call->take_body = drop_body;
    call->deadline_ms = clock_now_ms() + wait_ms;
    call->request.key = "";
    call->request.is_fresh = true;
    s3_call_init(call);
    if (!s3_call_exchange(s3, call, error))
        return false;
    int status = http_exchange_outcome(s3->exchange)->status;
    return status < 500 || status == 501 || s3_call_report_refusal(s3, call, error);
}

static int64_t answer_wait_ms(const S3 *s3)
{
    return s3->config->connect_timeout_s * 1000;
}

bool s3_probe(S3 *s3, const char *bucket, Error *error)
{
    AUTO_S3_CALL call = {.request = {.method = "HEAD", .bucket = bucket}};
    return ask_bucket(s3, &call, answer_wait_ms(s3), error) || s3_refusal_name_object(error, bucket, "");
}

bool s3_await(S3 *s3, const char *bucket, Error *error)
{
    for (unsigned attempt = 0;; attempt++) {
        AUTO_S3_CALL call = {.request = {.method = "HEAD", .bucket = bucket}, .is_listing = true};
        if (ask_bucket(s3, &call, answer_wait_ms(s3), error))
            return true;
        if (attempt + 1 < s3->tries && s3_call_may_try_again(s3, &call, attempt, error))
            continue;
        return !call.is_given_up && s3_refusal_name_object(error, bucket, "");
    }
}

/* One key of a prefix. */
static S3Request make_glance(const char *bucket, Slice prefix)
{
    return (S3Request){
        .method = "GET",
        .bucket = bucket,
        .query = {{SLICE("list-type"), SLICE("2")}, {SLICE("max-keys"), SLICE("1")}, {SLICE("prefix"), prefix}},
        .query_count = 3};
}

bool s3_probe_listing(S3 *s3, const char *bucket, const char *prefix, int64_t wait_ms, Error *error)
{
    AUTO_S3_CALL call = {.request = make_glance(bucket, slice_from_text(prefix)), .is_listing = true};
    return ask_bucket(s3, &call, wait_ms, error) ||
           (!call.is_given_up && s3_refusal_name_object(error, bucket, prefix));
}

/* Not by HEAD: a right to list that is bound to a prefix, as policies often have it, says no to that. */
void s3_judge_denial(S3 *s3, const char *bucket, const char *key, Error *error)
{
    const char *slash = strrchr(key, '/');
    Slice folder = {key, slash ? (size_t)(slash - key) + 1 : 0};
    AUTO_S3_CALL call = {.request = make_glance(bucket, folder)};
    if (!ask_bucket(s3, &call, answer_wait_ms(s3), error))
        return;
    int status = http_exchange_outcome(s3->exchange)->status;
    if (status == 401 || status == 403)
        error_set_service(
            error, ERROR_FATAL, SERVICE_S3,
            "S3 denies these credentials the object, and to list its folder in the bucket %s: allow them s3:ListBucket "
            "on the bucket and s3:GetObject in it; a bucket whose requester pays is not read",
            bucket);
}
