/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to S3 and its answer, driven to its end: what the modules of s3.h share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "s3/refusals.h"
#include "s3/request.h"

/* One request whose body is taken as it comes, or is a refusal. */
typedef struct S3Call {
    S3Request request;
    S3Subject subject;
    const char *prefix; /* of a listing */
    bool (*take_body)(void *context, Slice bytes);
    void *context;
    bool is_listing;
    bool is_stopped;     /* by take_body */
    bool is_given_up;    /* for what goes on meanwhile, or its bucket is away; the error says so whole */
    bool is_denied;      /* for what these credentials may do */
    int64_t deadline_ms; /* of the whole answer; 0: none but a stall's */
    Buffer refusal;
} S3Call;

#define AUTO_S3_CALL AUTO(S3Call, s3_call_done)

/* Makes room for a refusal; the rest is the caller's to fill in. */
void s3_call_init(S3Call *call);
void s3_call_done(S3Call *call);

/* Runs the request to its end: false where no answer came whole; a status may still be a refusal. */
bool s3_call_exchange(S3 *s3, S3Call *call, Error *error) MUST_USE;

/* Sets the error to what the refusal says; returns false. */
bool s3_call_report_refusal(S3 *s3, S3Call *call, Error *error);

/* Waits before the next attempt; false, with the error left as it was or why the call ends, where there is none. */
bool s3_call_may_try_again(S3 *s3, S3Call *call, unsigned attempt, Error *error) MUST_USE;
