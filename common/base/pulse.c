/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pulse.h"

#include <assert.h>
#include <stddef.h>

#include "base/clock.h"

static _Thread_local Pulse *own;

static void set(int64_t at_ms)
{
    if (own)
        atomic_store_explicit(own, at_ms, memory_order_relaxed);
}

void pulse_bind(Pulse *pulse)
{
    own = pulse;
}

void pulse_beat(void)
{
    pulse_allow_ms(0);
}

void pulse_allow_ms(int64_t wait_ms)
{
    assert(wait_ms >= 0);
    if (own)
        set(clock_now_ms() + wait_ms);
}

void pulse_rest(void)
{
    set(0);
}

int64_t pulse_silent_ms(Pulse *pulse)
{
    int64_t at_ms = atomic_load_explicit(pulse, memory_order_relaxed), now_ms = clock_now_ms();
    return at_ms == 0 || at_ms > now_ms ? 0 : now_ms - at_ms;
}
