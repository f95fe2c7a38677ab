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

static const char *find_key(const char *lead)
{
    while (text_is_space(*lead))
        lead++;
    return lead;
}

const char *unknown_key(const UnknownField *field)
{
    return find_key(field->lead);
}

Slice unknown_name(const char *lead)
{
    const char *name = find_key(lead) + 1;
    size_t length = 0;
    while (name[length] != '"' && length < NAME_BYTES_MAX)
        length += name[length] == '\\' ? 2 : 1;
    while (((unsigned char)name[length] & 0xC0) == 0x80)
        length--;
    return (Slice){name, length};
}

void unknown_describe(const UnknownField *field, char out_reason[UNKNOWN_REASON_SIZE])
{
    Slice name = unknown_name(field->lead);
    snprintf(out_reason, UNKNOWN_REASON_SIZE, "has the field \"%.*s%s\", which no column asks for", (int)name.length,
             name.data, name.data[name.length] == '"' ? "" : "…");
}
