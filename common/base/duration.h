/* SPDX-License-Identifier: Apache-2.0
 *
 * A length of time that carries its unit: nobody takes seconds for milliseconds. */
#pragma once

#include <stdint.h>

typedef struct Duration {
    int64_t ms;
} Duration;

static inline Duration duration_of_s(int64_t seconds)
{
    return (Duration){.ms = seconds * 1000};
}

/* Whole seconds, rounded down. */
static inline int64_t duration_s(Duration duration)
{
    return duration.ms / 1000;
}
