/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to S3 and its answer, driven to its end: what the modules of s3.h share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/retry.h"
#include "s3/refusals.h"
#include "s3/request.h"

/* One request. The body of its answer goes to take_body as it comes, unless it is a refusal. */
typedef struct S3Call {
    S3 *s3;
    HttpExchange *exchange; /* the S3's, or one of the caller's; set before the call begins */
    S3Request request;
    Retry retry;
    S3Subject subject;
    const char *prefix;                            /* of a listing */
    bool (*take_body)(void *context, Slice bytes); /* NULL: the body is dropped */
    void *context;
    bool is_listing;
    bool is_trial;    /* if it is refused, another way is open: that tells nothing of the credentials */
    unsigned *told;   /* the number of the last try that was told of, shared by the calls of a listing; NULL: each is */
    bool is_stopped;  /* by take_body */
    bool is_given_up; /* s3_set_meanwhile's function ended the call, or its bucket is away; the error needs no name of
                         an object */
    bool is_denied;   /* S3 refused because of what these credentials may do */
    int64_t deadline_ms; /* when the whole answer must have come, by clock_now_ms(); 0: only stalls count */
    Buffer refusal;
} S3Call;

#define AUTO_S3_CALL AUTO(S3Call, s3_call_done)

/* Makes the call one of s3, with room for a refusal and attempts_max tries; the rest is the caller's to fill in. */
void s3_call_init(S3 *s3, S3Call *call);
void s3_call_done(S3Call *call);

/* Runs the request to its end. False if no whole answer came. If one came, its status may still be a refusal's. */
bool s3_call_exchange(S3Call *call, Error *error) MUST_USE;

/* The same in steps, for a caller that has several calls under way and drives their Http itself: s3_call_end comes once
 * the exchange has ended. s3_call_may_wait comes before each wait; false, with the exchange stopped, if the call is to
 * end before its answer has come. */
bool s3_call_begin(S3Call *call, Error *error) MUST_USE;
bool s3_call_may_wait(S3Call *call, Error *error) MUST_USE;
bool s3_call_end(S3Call *call, Error *error) MUST_USE;

/* The longest wait between two calls of s3_call_may_wait. */
#define S3_CALL_LOOK_MS 100

/* Sets the error to what the refusal says; returns false. The second one is for a refusal that came as something else.
 */
bool s3_call_report_refusal(S3Call *call, Error *error);
bool s3_call_report(S3Call *call, const S3Refusal *refusal, int status, Error *error);

/* After a try that failed: waits until the next one is due, which goes over a new connection. False if there is none;
 * then the error is as it was, or says what ended the call. */
bool s3_call_again(S3Call *call, Error *error) MUST_USE;

/* The same without the wait: the caller begins the next try when call->retry is due. */
bool s3_call_put_off(S3Call *call, Error *error) MUST_USE;
