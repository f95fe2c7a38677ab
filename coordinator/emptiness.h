/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing found is no success: the locations in which a pass found no object, each as a sentence that says what is
 * there in its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "aws/s3.h"
#include "base/auto.h"

/* Zeroed, there is none. */
typedef struct Emptiness {
    char **sentences;
    size_t count;
    size_t capacity;
} Emptiness;

#define AUTO_EMPTINESS AUTO(Emptiness, emptiness_clear)

/* Nothing was listed there. Looks for what the bucket has beside it, as far as it may. */
void emptiness_add(Emptiness *emptiness, S3 *s3, const char *dataset, const char *bucket, const char *prefix);

/* No dataset is configured. */
void emptiness_add_all(Emptiness *emptiness);

/* A line each on stderr. */
void emptiness_say(const Emptiness *emptiness);

bool emptiness_equals(const Emptiness *a, const Emptiness *b);
void emptiness_clear(Emptiness *emptiness);
