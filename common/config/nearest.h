/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of several names somebody meant who wrote another: the one with the fewest letters changed, added or lost. */
#pragma once

#include <stddef.h>

typedef struct Nearest {
    const char *written;
    char name[128]; /* empty: none is near */
    size_t distance;
} Nearest;

void nearest_init(Nearest *nearest, const char *written);
void nearest_offer(Nearest *nearest, const char *candidate);
