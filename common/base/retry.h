/* SPDX-License-Identifier: Apache-2.0
 *
 * Trying again: how often, who is told, and how long to wait: exponential with full jitter, rand(0, min(cap, base ·
 * 2^attempt)). That spreads the retries of a fleet best
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Every wait of the programs that is not
 * an interval comes from here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"

typedef struct Backoff {
    int64_t base_ms;
    int64_t wait_ms_max;
} Backoff;

/* Between two tries. */
typedef struct RetryPause {
    unsigned next; /* number of the next try, from 1 */
    int64_t tries; /* how many there are at most */
    int64_t wait_ms;
} RetryPause;

/* The backoff between two looks whether a service is back: the same, with the lower cap LIMIT_OUTAGE_WAIT_MS. Pure. */
Backoff retry_outage_backoff(Backoff backoff);

/* Milliseconds to wait before attempt + 1; attempt counts from 0, and random is any uniformly distributed number.
 * Pure. */
int64_t retry_wait_ms(Backoff backoff, unsigned attempt, uint64_t random);

/* The same with a number from the kernel: processes that were started alike do not wait alike. Any thread. */
int64_t retry_next_ms(Backoff backoff, unsigned attempt);

/* Told what a try failed with, before the wait for the next one. */
typedef void RetryNoticeFunction(void *context, const Error *error, const RetryPause *pause);

/* Called again and again during the wait; false ends the tries with the error that it sets. */
typedef bool RetryGoOnFunction(void *context, Error *error);

/* The tries of one thing. The loop around them is

       Retry retry = {.backoff = …, .tries_max = …, .service = "S3"};
       while (!step(…, error))
           if (!retry_again(&retry, error))
               return false;
 */
typedef struct Retry {
    Backoff backoff;
    int64_t tries_max;           /* at least 1 */
    const char *service;         /* that is waited for, in the sentence that a stop ends with */
    RetryNoticeFunction *notice; /* NULL: nobody is told */
    RetryGoOnFunction *go_on;    /* NULL: only a stop ends the wait */
    void *context;               /* of both */
    unsigned tries;              /* that have failed so far */
    int64_t due_ms;              /* when the next one may begin, by clock_now_ms() */
} Retry;

/* Whether what failed may pass (RETRY), and a try is left. */
bool retry_is_possible(const Retry *retry, const Error *error);

/* Counts the try that failed with error, tells it, and waits until the next one is due. False if a stop was requested
 * (INTERRUPTED) or go_on ended the wait: then error says so. */
bool retry_wait(Retry *retry, Error *error) MUST_USE;

/* retry_is_possible and retry_wait in one. If no try is left it is false, and the error is as it was. */
bool retry_again(Retry *retry, Error *error) MUST_USE;

/* For a caller that has other things to do until then: counts the try that failed, and sets when the next one is due.
 * Returns how long that is. */
int64_t retry_put_off(Retry *retry);
bool retry_is_due(const Retry *retry);

/* After a try that succeeded: the next failure is the first again. */
void retry_reset(Retry *retry);
