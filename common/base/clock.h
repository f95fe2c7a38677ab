/* SPDX-License-Identifier: Apache-2.0
 *
 * Time that only moves forward, for waits and durations. The time of day is the warehouse's. */
#pragma once

#include <stdint.h>

/* Milliseconds since some fixed moment. */
int64_t clock_now_ms(void);
