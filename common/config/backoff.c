/* SPDX-License-Identifier: Apache-2.0 */
#include "config/backoff.h"

#include <sys/random.h>

#include "base/clock.h"
#include "base/limits.h"

Backoff backoff_of_retry(const Config *config)
{
    return (Backoff){.base_ms = config->backoff_base_ms, .wait_ms_max = config->backoff_wait_ms_max};
}

Backoff backoff_of_outage(const Config *config)
{
    Backoff backoff = backoff_of_retry(config);
    if (backoff.wait_ms_max > LIMIT_OUTAGE_WAIT_MS)
        backoff.wait_ms_max = LIMIT_OUTAGE_WAIT_MS;
    return backoff;
}

int64_t backoff_wait_ms(Backoff backoff, unsigned attempt, uint64_t random)
{
    int64_t ceiling_ms = backoff.base_ms;
    for (unsigned i = 0; i < attempt && ceiling_ms < backoff.wait_ms_max; i++)
        ceiling_ms *= 2;
    if (ceiling_ms > backoff.wait_ms_max)
        ceiling_ms = backoff.wait_ms_max;
    return (int64_t)(random % ((uint64_t)ceiling_ms + 1));
}

int64_t backoff_next_ms(Backoff backoff, unsigned attempt)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint64_t)clock_now_ms();
    return backoff_wait_ms(backoff, attempt, random);
}
