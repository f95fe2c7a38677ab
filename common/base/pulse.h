/* SPDX-License-Identifier: Apache-2.0
 *
 * When a thread got on last: a step of its work, bytes that came or went, a look round in a wait that has a bound. The
 * thread itself says so, from wherever it waits; another one, which has to know whether it hangs, reads it. A thread
 * without a pulse says nothing. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef atomic_int_least64_t Pulse; /* clock_now_ms() of the last beat, 0: the thread has nothing to do */

/* The calling thread's pulse from now on. */
void pulse_bind(Pulse *pulse);

void pulse_beat(void);

/* A call begins that bounds its own time, and may take so long before the next beat. */
void pulse_allow_ms(int64_t wait_ms);

/* The thread waits for work: it may do so for ever. */
void pulse_rest(void);

/* For how long there was no beat; 0 where the thread has nothing to do. */
int64_t pulse_silent_ms(Pulse *pulse);
