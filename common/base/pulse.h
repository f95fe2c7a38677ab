/* SPDX-License-Identifier: Apache-2.0
 *
 * When a thread made progress last: a step of its work, bytes that it sent or received, a round of a bounded wait. The
 * thread beats while it works and while it waits. Another thread reads the pulse, and so knows whether this one hangs.
 * In a thread without a pulse the calls do nothing. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef atomic_int_least64_t Pulse; /* clock_now_ms() of the last beat, 0: the thread has nothing to do */

/* The calling thread's pulse from now on. */
void pulse_bind(Pulse *pulse);

void pulse_beat(void);

/* Before a call that bounds its own time: the next beat may come so much later. */
void pulse_allow_ms(int64_t wait_ms);

/* The thread waits for work: it may do so for ever. */
void pulse_rest(void);

/* How long there has been no beat; 0 if the thread has nothing to do. */
int64_t pulse_silent_ms(Pulse *pulse);
