/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void fields_init(Fields *fields, size_t target_count)
{
    *fields = (Fields){.fills = memory_alloc_zeroed(target_count, sizeof *fields->fills),
                       .pending = memory_alloc_zeroed(target_count, sizeof *fields->pending),
                       .target_count = target_count};
}

static void forget_names(Fields *fields)
{
    for (size_t i = 0; i < fields->name_count; i++)
        free(fields->names[i].name);
    fields->name_count = 0;
}

void fields_done(Fields *fields)
{
    forget_names(fields);
    free(fields->fills);
    free(fields->pending);
    *fields = (Fields){0};
}

void fields_begin(Fields *fields)
{
    forget_names(fields);
    for (size_t i = 0; i < fields->target_count; i++) {
        fields->fills[i] = COLUMN_ABSENT;
        fields->pending[i] = (uint32_t)i;
    }
    fields->pending_count = fields->target_count;
    fields->rows = 0;
}

/* What the column got: of a value that was rescued, or that its type reads as none, NULL. */
static ColumnFill find_fill(const ConvertTarget *target, const Value *values, const Rescue *rescue)
{
    const Value *value = &values[target->leaf];
    if (value->kind == VALUE_MISSING)
        return COLUMN_ABSENT;
    for (size_t i = 0; i < rescue->misfit_count; i++)
        if (rescue->misfits[i] == target)
            return COLUMN_NULL;
    return convert_is_null(target, value) ? COLUMN_NULL : COLUMN_FILLED;
}

static void count_columns(Fields *fields, const ConvertTarget *targets, const Value *values, const Rescue *rescue)
{
    for (size_t i = 0; i < fields->pending_count;) {
        uint32_t column = fields->pending[i];
        ColumnFill fill = find_fill(&targets[column], values, rescue);
        if (fill > fields->fills[column])
            fields->fills[column] = fill;
        if (fill == COLUMN_FILLED)
            fields->pending[i] = fields->pending[--fields->pending_count];
        else
            i++;
    }
}

/* The name's place among the names; DECODE_UNKNOWN_NAMES_MAX if it has none and there is no room for it. */
static size_t find_name(Fields *fields, const UnknownKey *unknown)
{
    MappingKey *key = unknown->key;
    if (key && key->name_index < fields->name_count && fields->keys[key->name_index] == key)
        return key->name_index;
    /* A key that the parser remembers would be found above. */
    bool is_full = fields->name_count == DECODE_UNKNOWN_NAMES_MAX;
    if (is_full && key)
        return DECODE_UNKNOWN_NAMES_MAX;
    Slice name = unknown_name(unknown->lead);
    size_t place = 0;
    while (place < fields->name_count && !slice_equals(slice_from_text(fields->names[place].name), name))
        place++;
    if (place == DECODE_UNKNOWN_NAMES_MAX)
        return place;
    if (place == fields->name_count) {
        fields->names[place] = (DecodeUnknown){.name = memory_copy_slice(name)};
        fields->keys[place] = NULL;
        fields->last_rows[place] = 0;
        fields->name_count++;
    }
    if (key) {
        fields->keys[place] = key;
        key->name_index = (uint32_t)place;
    }
    return place;
}

static void count_unknowns(Fields *fields, const Unknowns *unknowns)
{
    size_t count = unknowns->count < UNKNOWN_KEYS_MAX ? unknowns->count : UNKNOWN_KEYS_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t place = find_name(fields, &unknowns->keys[i]);
        if (place == DECODE_UNKNOWN_NAMES_MAX || fields->last_rows[place] == fields->rows)
            continue;
        fields->last_rows[place] = fields->rows;
        fields->names[place].rows++;
    }
}

void fields_look(Fields *fields, const ConvertTarget *targets, const Value *values, const Rescue *rescue,
                 const Unknowns *unknowns)
{
    fields->rows++;
    count_columns(fields, targets, values, rescue);
    count_unknowns(fields, unknowns);
}
