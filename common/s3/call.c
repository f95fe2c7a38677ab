/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/call.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/stop.h"

/* A refusal is some hundred bytes of XML. Of a longer answer the beginning is enough. */
#define REFUSAL_BYTES_MAX (16 * KIB)

void s3_call_done(S3Call *call)
{
    buffer_done(&call->refusal);
}

static HttpTake take_body(void *context, int status, Slice bytes)
{
    S3Call *call = context;
    if (status == 200) {
        call->is_stopped = call->take_body && !call->take_body(call->context, bytes);
        return call->is_stopped ? HTTP_STOP : HTTP_TAKEN;
    }
    /* Of a refusal longer than the buffer the rest is dropped: it is no XML of S3's. */
    (void)!buffer_append(&call->refusal, bytes);
    return HTTP_TAKEN;
}

/* What a listing does while it waits: false if it is to end. */
static bool go_on(void *context, Error *error)
{
    S3Call *call = context;
    S3 *s3 = call->s3;
    call->is_given_up = call->is_listing && s3->meanwhile && !s3->meanwhile(s3->meanwhile_context, error);
    return !call->is_given_up;
}

/* The first failure of a page is not told: the waits add up to a minute only from the second one on. */
static void tell(void *context, const Error *error, const RetryPause *pause)
{
    S3Call *call = context;
    if (!call->is_listing || !call->s3->notice || pause->next <= 2 || (call->told && pause->next <= *call->told))
        return;
    if (call->told)
        *call->told = pause->next;
    call->s3->notice(call->s3->notice_context, error, pause);
}

void s3_call_init(S3 *s3, S3Call *call)
{
    assert(!call->s3);
    call->s3 = s3;
    call->exchange = s3->exchange;
    call->retry = (Retry){.backoff = s3->config->patience.backoff,
                          .tries_max = s3->config->patience.attempts_max,
                          .service = "S3",
                          .notice = tell,
                          .go_on = go_on,
                          .context = call};
    buffer_init(&call->refusal, REFUSAL_BYTES_MAX);
}

bool s3_call_begin(S3Call *call, Error *error)
{
    assert(call->s3);
    buffer_clear(&call->refusal);
    call->is_stopped = false;
    call->request.on_body = take_body;
    call->request.context = call;
    return s3_request_start(call->s3, call->exchange, &call->request, error);
}

bool s3_call_may_wait(S3Call *call, Error *error)
{
    if (stop_is_requested())
        error_set(error, ERROR_INTERRUPTED, "stopped while waiting for S3");
    else if (go_on(call, error)) {
        if (call->deadline_ms == 0 || clock_now_ms() <= call->deadline_ms)
            return true;
        error_set_service(error, ERROR_RETRY, SERVICE_S3, "%s does not answer; check that it is well",
                          call->s3->endpoint.host);
    }
    http_exchange_stop(call->exchange);
    return false;
}

bool s3_call_end(S3Call *call, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(call->exchange);
    assert(outcome->is_ended);
    if (!outcome->is_whole)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the request to %s broke off: %s; %s",
                                 call->s3->endpoint.host, outcome->failure, outcome->advice);
    return true;
}

bool s3_call_exchange(S3Call *call, Error *error)
{
    if (!s3_call_begin(call, error))
        return false;
    const HttpOutcome *outcome = http_exchange_outcome(call->exchange);
    http_drive(call->s3->http, 0);
    while (!outcome->is_ended) {
        if (!s3_call_may_wait(call, error))
            return false;
        http_drive(call->s3->http, S3_CALL_LOOK_MS);
    }
    return s3_call_end(call, error);
}

bool s3_call_report(S3Call *call, const S3Refusal *refusal, int status, Error *error)
{
    return call->is_trial ? s3_refusal_report(refusal, status, call->subject, error)
                          : s3_request_report_refusal(call->s3, refusal, status, call->subject, error);
}

bool s3_call_report_refusal(S3Call *call, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(call->exchange);
    S3Refusal refusal = {0};
    if (call->refusal.length > 0)
        s3_refusal_parse(&refusal, buffer_slice(&call->refusal));
    if (outcome->region[0])
        memcpy(refusal.region, outcome->region, sizeof refusal.region);
    call->is_denied = s3_refusal_is_denial(&refusal, outcome->status);
    return s3_call_report(call, &refusal, outcome->status, error);
}

/* Whether another try is worth its time. A bucket that was silent could be silent for as long again, so it first has to
 * answer a probe. A probe itself has its deadline. */
static bool may_be_silent_again(S3Call *call, Error *error)
{
    S3 *s3 = call->s3;
    Error reason;
    const char *bucket = call->request.bucket;
    if (call->deadline_ms > 0 || !http_exchange_outcome(call->exchange)->is_silent)
        return true;
    if (!call->is_listing)
        return s3_probe(s3, bucket, &reason);
    if ((int64_t)call->retry.tries >= s3->tries)
        return false;
    if (s3_await(s3, bucket, &reason))
        return true;
    *error = reason;
    call->is_given_up = true;
    return false;
}

static bool is_worth_a_try(S3Call *call, Error *error)
{
    assert(call->s3);
    return !call->is_given_up && retry_is_possible(&call->retry, error) && may_be_silent_again(call, error);
}

bool s3_call_again(S3Call *call, Error *error)
{
    bool is_again = is_worth_a_try(call, error) && retry_wait(&call->retry, error);
    call->request.is_fresh = call->request.is_fresh || is_again;
    return is_again;
}

bool s3_call_put_off(S3Call *call, Error *error)
{
    if (!is_worth_a_try(call, error))
        return false;
    int64_t wait_ms = retry_put_off(&call->retry);
    tell(call, error, &(RetryPause){.next = call->retry.tries + 1, .tries = call->retry.tries_max, .wait_ms = wait_ms});
    call->request.is_fresh = true;
    return true;
}
