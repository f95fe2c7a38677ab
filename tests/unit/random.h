/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers at random from a seed, the same ones everywhere: splitmix64. */
#pragma once

#include <stdint.h>

static uint64_t seed;

static inline unsigned random_below(unsigned bound)
{
    uint64_t z = (seed += 0x9E3779B97F4A7C15U);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return (unsigned)((z ^ z >> 31) % bound);
}
