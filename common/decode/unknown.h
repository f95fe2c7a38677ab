/* SPDX-License-Identifier: Apache-2.0
 *
 * The top-level fields of a document that no column asks for. Each row's are counted; what they hold is noted only as
 * far as somebody wants to know. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "decode/mapping.h"
#include "decode/value.h"

typedef struct UnknownField {
    const char *lead; /* from the byte after the comma or brace before its key */
    Value value;
} UnknownField;

/* Fields of one document whose names are looked at. */
#define UNKNOWN_KEYS_MAX 256

typedef struct UnknownKey {
    const char *lead; /* as of UnknownField */
    MappingKey *key;  /* NULL if the parser remembers none */
} UnknownKey;

/* Zeroed, it counts, and notes nothing but keys. */
typedef struct Unknowns {
    UnknownField *fields; /* the first capacity ones of the document */
    size_t capacity;
    size_t count;
    bool is_growing; /* all are noted */
    UnknownKey keys[UNKNOWN_KEYS_MAX];
} Unknowns;

/* `has the field "a name of sixty bytes, or what of a longer one fits", which no column asks for` */
#define UNKNOWN_REASON_SIZE 128

/* Notes the first field, or all of them. */
void unknowns_init(Unknowns *unknowns, bool is_growing);
void unknowns_done(Unknowns *unknowns);

/* Notes the i-th field. Returns the node that its value goes to. */
Value *unknowns_note(Unknowns *unknowns, size_t i, const char *lead);

/* Counts a field. Returns the node that its value goes to; NULL: to none. */
static inline Value *unknowns_add(Unknowns *unknowns, const char *lead, MappingKey *key)
{
    size_t i = unknowns->count++;
    if (i < UNKNOWN_KEYS_MAX)
        unknowns->keys[i] = (UnknownKey){lead, key};
    return i < unknowns->capacity || unknowns->is_growing ? unknowns_note(unknowns, i, lead) : NULL;
}

/* The name of the field after the lead, as the document writes it, cut. */
Slice unknown_name(const char *lead);

/* The place of its key. */
const char *unknown_key(const UnknownField *field);

/* The end of the sentence about a row that has the field. The document is valid UTF-8. */
void unknown_describe(const UnknownField *field, char out_reason[UNKNOWN_REASON_SIZE]);
