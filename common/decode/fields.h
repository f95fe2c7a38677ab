/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rows of one object had of each column, and which of their fields no column asks for. A column is looked at
 * until a row has filled it, so that rows which fill all cost nothing. Whoever has the decoder reads fills and names,
 * until the next object is decoded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/convert.h"
#include "decode/decode.h"
#include "decode/mapping.h"
#include "decode/rescue.h"
#include "decode/unknown.h"

typedef struct Fields {
    ColumnFill *fills; /* by column */
    uint32_t *pending; /* the targets that no row has filled yet */
    size_t pending_count;
    size_t target_count;
    DecodeUnknown names[DECODE_UNKNOWN_NAMES_MAX];
    const MappingKey *keys[DECODE_UNKNOWN_NAMES_MAX]; /* of the names; NULL if the parser remembers none */
    int64_t last_rows[DECODE_UNKNOWN_NAMES_MAX];      /* the row that each was counted in last */
    size_t name_count;
    int64_t rows; /* that were looked at */
} Fields;

void fields_init(Fields *fields, size_t target_count);
void fields_done(Fields *fields);

/* Another object begins. */
void fields_begin(Fields *fields);

void fields_look(Fields *fields, const ConvertTarget *targets, const Value *values, const Rescue *rescue,
                 const Unknowns *unknowns);

/* A row that was put. */
static inline void fields_add_row(Fields *fields, const ConvertTarget *targets, const Value *values,
                                  const Rescue *rescue, const Unknowns *unknowns)
{
    if (fields->pending_count > 0 || unknowns->count > 0)
        fields_look(fields, targets, values, rescue, unknowns);
}
