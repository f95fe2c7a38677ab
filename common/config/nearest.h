/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of several names a person meant who wrote another one: that with the fewest letters changed, added or lost. */
#pragma once

#include <stddef.h>

typedef struct Nearest {
    const char *written;
    char name[128]; /* empty: none is near */
    size_t distance;
} Nearest;

/* written must outlive nearest. */
void nearest_init(Nearest *nearest, const char *written);
void nearest_offer(Nearest *nearest, const char *candidate);
