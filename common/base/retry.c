/* SPDX-License-Identifier: Apache-2.0 */
#include "base/retry.h"

#include <assert.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/stop.h"

/* How often go_on is called. */
#define STEP_MS 100

Backoff retry_outage_backoff(Backoff backoff)
{
    if (backoff.wait_ms_max > LIMIT_OUTAGE_WAIT_MS)
        backoff.wait_ms_max = LIMIT_OUTAGE_WAIT_MS;
    return backoff;
}

int64_t retry_wait_ms(Backoff backoff, unsigned attempt, uint64_t random)
{
    int64_t ceiling_ms = backoff.base_ms;
    for (unsigned i = 0; i < attempt && ceiling_ms < backoff.wait_ms_max; i++)
        ceiling_ms *= 2;
    if (ceiling_ms > backoff.wait_ms_max)
        ceiling_ms = backoff.wait_ms_max;
    return (int64_t)(random % ((uint64_t)ceiling_ms + 1));
}

int64_t retry_next_ms(Backoff backoff, unsigned attempt)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint64_t)clock_now_ms();
    return retry_wait_ms(backoff, attempt, random);
}

bool retry_is_possible(const Retry *retry, const Error *error)
{
    assert(retry->tries_max > 0);
    return error->kind == ERROR_RETRY && (int64_t)retry->tries + 1 < retry->tries_max;
}

int64_t retry_put_off(Retry *retry)
{
    assert(retry->backoff.wait_ms_max >= 0);
    int64_t wait_ms = retry_next_ms(retry->backoff, retry->tries++);
    retry->due_ms = clock_now_ms() + wait_ms;
    return wait_ms;
}

bool retry_is_due(const Retry *retry)
{
    return clock_now_ms() >= retry->due_ms;
}

static bool may_go_on(const Retry *retry, Error *error)
{
    if (stop_is_requested())
        return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for %s", retry->service);
    return !retry->go_on || retry->go_on(retry->context, error);
}

bool retry_wait(Retry *retry, Error *error)
{
    assert(retry->service);
    int64_t wait_ms = retry_put_off(retry);
    const RetryPause pause = {.next = retry->tries + 1, .tries = retry->tries_max, .wait_ms = wait_ms};
    if (retry->notice)
        retry->notice(retry->context, error, &pause);
    while (may_go_on(retry, error)) {
        int64_t left_ms = retry->due_ms - clock_now_ms();
        if (left_ms <= 0)
            return true;
        (void)stop_wait_ms(retry->go_on && left_ms > STEP_MS ? STEP_MS : left_ms);
    }
    return false;
}

bool retry_again(Retry *retry, Error *error)
{
    return retry_is_possible(retry, error) && retry_wait(retry, error);
}

void retry_reset(Retry *retry)
{
    retry->tries = 0;
    retry->due_ms = 0;
}
