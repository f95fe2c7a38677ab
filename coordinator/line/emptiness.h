/* SPDX-License-Identifier: Apache-2.0
 *
 * The locations in which a pass found no object: to find nothing is no success. Each is a sentence that says what is
 * there instead. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "s3/s3.h"

/* Zeroed: none. */
typedef struct Emptiness {
    char **sentences;
    size_t count;
    size_t capacity;
} Emptiness;

#define AUTO_EMPTINESS AUTO(Emptiness, emptiness_clear)

/* Adds a prefix that has no object. Looks for what the bucket has near it, as far as these credentials may. */
void emptiness_add(Emptiness *emptiness, S3 *s3, const char *dataset, const char *bucket, const char *prefix);

/* A line each on stderr. */
void emptiness_say(const Emptiness *emptiness);

bool emptiness_equals(const Emptiness *a, const Emptiness *b);
void emptiness_clear(Emptiness *emptiness);
