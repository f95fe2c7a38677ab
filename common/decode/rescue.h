/* SPDX-License-Identifier: Apache-2.0
 *
 * The column _rescued: one JSON object of what a row has and no column takes, its unknown fields under their names and
 * the values that do not fit under their columns' names. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "decode/convert.h"
#include "decode/document.h"

/* Made once for the decoder's columns, and begun again for each row. */
typedef struct Rescue {
    const ConvertTarget **misfits; /* the columns whose values do not fit */
    size_t misfit_count;
} Rescue;

void rescue_init(Rescue *rescue, size_t target_count);
void rescue_done(Rescue *rescue);

/* Notes that the value does not fit its column. False if it cannot be rescued: there is no value, or the column cannot
 * be NULL. */
static inline bool rescue_add(Rescue *rescue, const ConvertTarget *target, const Value *value)
{
    if (target->is_not_null || value->kind <= VALUE_NULL)
        return false;
    rescue->misfits[rescue->misfit_count++] = target;
    return true;
}

/* Appends the field to the row that is being put. A value that jsonb cannot hold, a string with \u0000 or a number that
 * is too wide, becomes a string: the value's JSON text. False, with the fault, if not even that is possible. All
 * unknown fields of the document must have been noted. */
bool rescue_put(const Rescue *rescue, Document *document, Buffer *row, Fault *out_fault);
