/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/unknown.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "decode/text.h"

#define NAME_BYTES_MAX 60 /* as many as a person needs to find it */

void unknowns_init(Unknowns *unknowns, bool is_growing)
{
    *unknowns = (Unknowns){.capacity = 1, .is_growing = is_growing};
    unknowns->fields = memory_alloc_zeroed(1, sizeof(*unknowns->fields));
}

void unknowns_done(Unknowns *unknowns)
{
    free(unknowns->fields);
    *unknowns = (Unknowns){0};
}

Value *unknowns_note(Unknowns *unknowns, size_t i, const char *lead)
{
    unknowns->fields = memory_grow(unknowns->fields, i, &unknowns->capacity, sizeof(*unknowns->fields));
    unknowns->fields[i].lead = lead;
    return &unknowns->fields[i].value;
}

const char *unknown_key(const UnknownField *field)
{
    const char *key = field->lead;
    while (text_is_space(*key))
        key++;
    return key;
}

void unknown_describe(const UnknownField *field, char out_reason[UNKNOWN_REASON_SIZE])
{
    const char *name = unknown_key(field) + 1;
    int length = 0;
    while (name[length] != '"' && length < NAME_BYTES_MAX)
        length += name[length] == '\\' ? 2 : 1;
    while (((unsigned char)name[length] & 0xC0) == 0x80)
        length--;
    snprintf(out_reason, UNKNOWN_REASON_SIZE, "has the field \"%.*s%s\", which no column asks for", length, name,
             name[length] == '"' ? "" : "…");
}
