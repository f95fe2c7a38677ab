/* SPDX-License-Identifier: Apache-2.0
 *
 * The mistakes of a configuration, gathered so that all of them are reported at once. */
#pragma once

#include <stddef.h>

#include "base/auto.h"

typedef struct Mistake {
    unsigned line; /* of the file; 0: not in a file */
    char *text;
} Mistake;

typedef struct Mistakes {
    Mistake *items;
    size_t count;
    size_t capacity;
} Mistakes;

void mistakes_add(Mistakes *mistakes, unsigned line, const char *format, ...) PRINTF_LIKE(3, 4);

/* A line for each mistake: those of the file by line, then the others by text. To be freed by the caller. */
char *mistakes_join(Mistakes *mistakes);

void mistakes_done(Mistakes *mistakes);
