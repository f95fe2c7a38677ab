/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/stop.h"

/* How soon a wish to stop is noticed. */
#define STEP_MS 100

/* A refusal is some hundred bytes of XML; of anything longer the beginning does. */
#define REFUSAL_BYTES_MAX (16 * KIB)

void s3_call_init(S3Call *call)
{
    buffer_init(&call->refusal, REFUSAL_BYTES_MAX);
}

void s3_call_done(S3Call *call)
{
    buffer_done(&call->refusal);
}

static HttpTake take_body(void *context, int status, Slice bytes)
{
    S3Call *call = context;
    if (status == 200) {
        call->is_stopped = !call->take_body(call->context, bytes);
        return call->is_stopped ? HTTP_STOP : HTTP_TAKEN;
    }
    /* A refusal longer than the buffer is no XML that we could read anyway. */
    (void)!buffer_append(&call->refusal, bytes);
    return HTTP_TAKEN;
}

/* While a call waits: false where it is to end. */
static bool may_go_on(S3 *s3, S3Call *call, Error *error)
{
    if (stop_is_requested())
        return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for S3");
    call->is_given_up = call->is_listing && s3->meanwhile && !s3->meanwhile(s3->meanwhile_context, error);
    return !call->is_given_up;
}

bool s3_call_exchange(S3 *s3, S3Call *call, Error *error)
{
    buffer_clear(&call->refusal);
    call->is_stopped = false;
    call->request.on_body = take_body;
    call->request.context = call;
    if (!s3_request_start(s3, s3->exchange, &call->request, error))
        return false;
    const HttpOutcome *outcome = http_exchange_outcome(s3->exchange);
    http_drive(s3->http, 0);
    while (!outcome->is_ended) {
        if (!may_go_on(s3, call, error)) {
            http_exchange_stop(s3->exchange);
            return false;
        }
        if (call->deadline_ms > 0 && clock_now_ms() > call->deadline_ms) {
            http_exchange_stop(s3->exchange);
            return error_set_service(error, ERROR_RETRY, SERVICE_S3, "%s does not answer; check that it is well",
                                     s3->endpoint.host);
        }
        http_drive(s3->http, STEP_MS);
    }
    if (!outcome->is_whole)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the request to %s broke off: %s; %s",
                                 s3->endpoint.host, outcome->failure, outcome->advice);
    return true;
}

bool s3_call_report_refusal(S3 *s3, S3Call *call, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(s3->exchange);
    S3Refusal refusal = {0};
    if (call->refusal.length > 0)
        s3_refusal_parse(&refusal, buffer_slice(&call->refusal));
    if (outcome->region[0])
        memcpy(refusal.region, outcome->region, sizeof refusal.region);
    call->is_denied = s3_refusal_is_denial(&refusal, outcome->status);
    return s3_refusal_report(&refusal, outcome->status, call->subject, error);
}

/* Whoever was silent could be so for as long again: another try is for a bucket that answers. A bucket that is asked
 * for an answer has its deadline. */
static bool may_be_silent_again(S3 *s3, S3Call *call, unsigned attempt, Error *error)
{
    Error reason;
    const char *bucket = call->request.bucket;
    if (call->deadline_ms > 0 || !http_exchange_outcome(s3->exchange)->is_silent)
        return true;
    if (!call->is_listing)
        return s3_probe(s3, bucket, &reason);
    if ((int64_t)attempt >= s3->tries)
        return false;
    if (s3_await(s3, bucket, &reason))
        return true;
    *error = reason;
    call->is_given_up = true;
    return false;
}

bool s3_call_may_try_again(S3 *s3, S3Call *call, unsigned attempt, Error *error)
{
    if (call->is_given_up || error->kind != ERROR_RETRY || (int64_t)attempt + 1 >= s3->config->attempts_max ||
        !may_be_silent_again(s3, call, attempt, error))
        return false;
    const BackoffPause pause = {.next = attempt + 2,
                                .tries = s3->config->attempts_max,
                                .wait_ms = backoff_next_ms(backoff_of_retry(s3->config), attempt)};
    if (call->is_listing && s3->notice && attempt > 0)
        s3->notice(s3->notice_context, error, &pause);
    int64_t end_ms = clock_now_ms() + pause.wait_ms;
    while (may_go_on(s3, call, error)) {
        int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0)
            return true;
        stop_wait_ms(left_ms < STEP_MS ? left_ms : STEP_MS);
    }
    return false;
}
