/* SPDX-License-Identifier: Apache-2.0
 *
 * How long to wait before trying again: exponential with full jitter, rand(0, min(cap, base · 2^attempt)), which
 * spreads the retries of a fleet best (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * Pure. */
#pragma once

#include <stdint.h>

typedef struct Backoff {
    int64_t base_ms;
    int64_t wait_ms_max;
} Backoff;

/* Milliseconds to wait before attempt + 1, where attempt counts from 0; random is any uniformly distributed number. */
int64_t backoff_wait_ms(Backoff backoff, unsigned attempt, uint64_t random);
