/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation that ends the process if there is no memory left: the ledger makes a crash ordinary. */
#pragma once

#include <stddef.h>

#include "base/auto.h"
#include "base/slice.h"

void *memory_alloc_zeroed(size_t count, size_t size);
char *memory_copy_text(const char *text);
char *memory_copy_slice(Slice slice);
char *memory_format(const char *format, ...) PRINTF_LIKE(1, 2);

/* Overwrites a text, then frees it; NULL is fine. */
void memory_wipe_text(char *text);
static inline void memory_auto_wipe_text(char **text)
{
    memory_wipe_text(*text);
}
#define AUTO_WIPE AUTO(char *, memory_auto_wipe_text)

/* Makes room for one more element: returns the array, grown to twice its capacity if count has reached *capacity. */
void *memory_grow(void *array, size_t count, size_t *capacity, size_t size);
