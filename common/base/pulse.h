/* SPDX-License-Identifier: Apache-2.0
 *
 * When a thread made progress last: a step of its work, bytes that came or went, a look round in a wait that has a
 * bound. The thread beats, wherever it works or waits; another thread reads the pulse to know whether this one hangs.
 * In a thread without a pulse the calls do nothing. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

typedef atomic_int_least64_t Pulse; /* clock_now_ms() of the last beat, 0: the thread has nothing to do */

/* The calling thread's pulse from now on. */
void pulse_bind(Pulse *pulse);

void pulse_beat(void);

/* A call begins that bounds its own time: the next beat may be so far away. */
void pulse_allow_ms(int64_t wait_ms);

/* The thread waits for work: it may do so for ever. */
void pulse_rest(void);

/* For how long there was no beat; 0 if the thread has nothing to do. */
int64_t pulse_silent_ms(Pulse *pulse);
