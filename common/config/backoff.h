/* SPDX-License-Identifier: Apache-2.0
 *
 * How long to wait before trying again: exponential with full jitter, rand(0, min(cap, base · 2^attempt)), which
 * spreads the retries of a fleet best (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * Every wait of the programs that is not an interval comes from here. */
#pragma once

#include <stdint.h>

#include "config/config.h"

typedef struct Backoff {
    int64_t base_ms;
    int64_t wait_ms_max;
} Backoff;

/* Between two tries. */
typedef struct BackoffPause {
    unsigned next; /* which try comes then, from 1 */
    int64_t tries; /* how many there are at most */
    int64_t wait_ms;
} BackoffPause;

/* Between two tries of the same thing: BACKOFF_BASE_MS and BACKOFF_WAIT_MS_MAX. */
Backoff backoff_of_retry(const Config *config);

/* Between two looks whether a service is back: the same, with the lower cap LIMIT_OUTAGE_WAIT_MS. */
Backoff backoff_of_outage(const Config *config);

/* Milliseconds to wait before attempt + 1, where attempt counts from 0; random is any uniformly distributed number.
 * Pure. */
int64_t backoff_wait_ms(Backoff backoff, unsigned attempt, uint64_t random);

/* The same with a number from the kernel: processes that were started alike do not wait alike. Any thread. */
int64_t backoff_next_ms(Backoff backoff, unsigned attempt);
