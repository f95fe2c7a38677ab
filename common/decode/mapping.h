/* SPDX-License-Identifier: Apache-2.0
 *
 * Which place in a document goes to which column: a trie of the columns' paths, and the keys seen so far. Rows of one
 * object mostly have the same keys in the same order, so each key remembers which one came next, and how that one was
 * written from its quote to its value: one comparison then replaces reading and looking up a key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* `"some_column_name": ` with the white space of pretty-printing; longer ones are looked up each time. */
#define MAPPING_LEAD_MAX 64

/* Keys that no column asks for, or that are written in another case than the column, remembered in the same way. */
#define MAPPING_LEARNED_MAX 256

/* Steps of one path; documents are no deeper either. */
#define MAPPING_DEPTH_MAX 512

typedef struct MappingKey MappingKey;
typedef struct MappingNode MappingNode;

struct MappingKey {
    char lead[MAPPING_LEAD_MAX]; /* the bytes after the comma up to the value, as last seen */
    size_t lead_length;          /* 0: never seen */
    bool has_break;              /* the lead has a line break */
    MappingNode *child;          /* NULL: no column asks for it */
    MappingKey *next;            /* the key that came after it last time, with its lead; NULL if none did */
    const MappingNode *owner;
    Slice name;
    uint32_t name_index; /* of a name that no column asks for: its place in fields.c */
};

struct MappingNode {
    int32_t leaf;        /* index of the value that stands here; -1 if no column asks for it */
    uint32_t leaf_first; /* values here and below */
    uint32_t leaf_count;
    bool has_below;
    MappingKey *first;     /* which key came first in the object last time */
    MappingNode *keys;     /* children by name, in no order */
    MappingNode *elements; /* children by index, ascending */
    MappingNode *sibling;
    char *name; /* in the parent's keys; NULL in its elements */
    uint32_t index;
};

typedef struct Mapping {
    MappingNode *root;
    uint32_t leaf_count;
    uint32_t node_count;
    bool is_ignorecase;
    MappingKey *keys; /* those of the trie, then the learned ones */
    size_t key_count;
    size_t key_capacity;
    char (*names)[MAPPING_LEAD_MAX]; /* of the learned ones */
    size_t learned_count;
    MappingKey **slots; /* by hash of owner and name, open addressing */
    size_t slot_count;  /* a power of two, at least twice key_capacity */
} Mapping;

void mapping_init(Mapping *mapping, bool is_ignorecase);
void mapping_done(Mapping *mapping);

/* The child of that name or index, made if there is none yet. */
MappingNode *mapping_add_key(Mapping *mapping, MappingNode *node, Slice name);
MappingNode *mapping_add_element(Mapping *mapping, MappingNode *node, uint32_t index);

/* After the last path: numbers the leaves of all nodes whose leaf was set to 0, and makes ready for mapping_find_key.
 */
void mapping_finish(Mapping *mapping);

/* The key of that name in an object that stands at the node. A new key is learned if there is room; NULL if there is
 * none. *out_child is the node that its value goes to; NULL: to none. */
MappingKey *mapping_find_key(Mapping *mapping, MappingNode *node, Slice name, MappingNode **out_child);

/* Remembers how the key was written. False if that is too long. */
bool mapping_learn_lead(MappingKey *key, Slice lead);
