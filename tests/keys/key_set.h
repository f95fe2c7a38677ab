/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of keys as buckets have them, made by name and number: always the same ones. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct KeySet {
    char **keys; /* sorted by their bytes, each once */
    size_t count;
    size_t capacity;
} KeySet;

/* False if there is no such kind. */
bool key_set_make(const char *kind, size_t count, KeySet *out_set);
void key_set_done(KeySet *set);

/* The kinds' names, up to a NULL. */
extern const char *const key_set_kinds[];

/* For a set of the caller's own: adds a copy. */
void key_set_add(KeySet *set, const char *key);
void key_set_sort(KeySet *set);

/* Where the key is; -1 if it is not in the set. */
long key_set_find(const KeySet *set, const char *key);
