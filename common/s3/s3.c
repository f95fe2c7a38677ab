/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/s3.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "s3/call.h"
#include "s3/probe.h"

#define REQUEST_TEXT_MAX (64 * KIB)

static void init_texts(S3 *s3)
{
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_init(buffers[i], REQUEST_TEXT_MAX);
    signed_lines_init(&s3->lines);
}

bool s3_open(const AwsConfig *config, S3 **out_s3, Error *error)
{
    AUTO_S3 s3 = memory_alloc_zeroed(1, sizeof *s3);
    s3->config = config;
    s3->tries = config->patience.attempts_max;
    init_texts(s3);
    s3->region = credentials_find_region(config);
    AUTO_FREE char *url = credentials_find_endpoint_url(config, s3->region);
    if (!endpoint_parse(&s3->endpoint, url, config->path_style, error) ||
        !credentials_find(config, &s3->credentials, error))
        return false;
    AUTO_FREE char *authorities = credentials_find_authorities(config);
    s3->http = http_open(config->patience.connect_timeout, config->patience.stall, authorities);
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
    endpoint_done(&s3->endpoint);
    credentials_done(&s3->credentials);
    signed_lines_done(&s3->lines);
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_done(buffers[i]);
    free(s3->region);
    free(s3);
}

void s3_set_notice(S3 *s3, RetryNoticeFunction *notice, void *context)
{
    s3->notice = notice;
    s3->notice_context = context;
}

void s3_set_tries(S3 *s3, int64_t tries)
{
    assert(tries > 0);
    s3->tries = tries;
}

int64_t s3_list_count(const S3 *s3)
{
    return s3->list_count;
}

bool s3_list_was_parted(const S3 *s3)
{
    return s3->was_parted;
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

static bool read_object(S3Call *call, Body *body, Error *error)
{
    if (!s3_call_exchange(call, error)) {
        if (!body->is_too_long)
            return false;
        return error_set(error, ERROR_REJECT, "it is longer than the %zu bytes that it may have", body->bytes->maximum);
    }
    return http_exchange_outcome(call->s3->exchange)->status == 200 || s3_call_report_refusal(call, error);
}

bool s3_get(S3 *s3, const char *bucket, const char *key, Buffer *bytes, Error *error)
{
    size_t length = bytes->length;
    Body body = {.bytes = bytes};
    AUTO_S3_CALL call = {.subject = S3_SUBJECT_OBJECT, .take_body = append_body, .context = &body};
    s3_call_init(s3, &call);
    call.request = (S3Request){.method = HTTP_GET, .bucket = bucket, .key = key};

    while (!read_object(&call, &body, error)) {
        bytes->length = length;
        if (s3_call_again(&call, error))
            continue;
        if (call.is_denied)
            s3_probe_judge_denial(s3, bucket, key, error);
        return s3_refusal_name_object(error, bucket, key);
    }
    return true;
}

/* A request whose answer is a status alone, which must be one of two. */
static bool order(S3Call *call, int status, int other_status, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(call->s3->exchange);
    bool is_done = s3_call_exchange(call, error);
    if (is_done && outcome->status != status && outcome->status != other_status)
        is_done = s3_call_report_refusal(call, error);
    return is_done;
}

/* Writes or deletes an object of ours. No task planned it, so a person has to mend what refuses it. */
static bool order_patiently(S3 *s3, S3Call *call, int status, int other_status, Error *error)
{
    s3_call_init(s3, call);
    while (!order(call, status, other_status, error)) {
        if (s3_call_again(call, error))
            continue;
        if (error->kind == ERROR_REJECT || error->kind == ERROR_STALE || error->kind == ERROR_REFUSED)
            error->kind = ERROR_FATAL;
        if (call->is_denied)
            error_set_service(error, ERROR_DENIED, SERVICE_S3,
                              "S3 denies these credentials to %s it: allow them s3:PutObject, s3:DeleteObject and "
                              "s3:ListBucket on [S3] MANIFEST_PREFIX",
                              call->request.body.data ? "write" : "delete");
        return s3_refusal_name_object(error, call->request.bucket, call->request.key);
    }
    return true;
}

bool s3_put(S3 *s3, const char *bucket, const char *key, Slice body, int64_t *out_date_s, Error *error)
{
    assert(*bucket && *key);
    AUTO_S3_CALL call = {
        .request = {.method = HTTP_PUT, .bucket = bucket, .key = key, .body = body},
        .subject = S3_SUBJECT_OBJECT,
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
    assert(*bucket && *key);
    AUTO_S3_CALL call = {
        .request = {.method = HTTP_DELETE, .bucket = bucket, .key = key},
        .subject = S3_SUBJECT_OBJECT,
    };
    return order_patiently(s3, &call, 204, 404, error);
}
