/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command did, as one row of numbers for a program: CSV, or a JSON object. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "show/table.h"

typedef struct SummaryField {
    const char *name;
    int64_t number;
    bool is_ms; /* shown in seconds */
} SummaryField;

/* The numbers as a result of one row, to be freed by result_done. */
void summary_init(Result *out_result, const SummaryField *fields, size_t count);

/* On stdout; nothing for TABLE_TEXT, which is the command's own sentences. */
void summary_print(const SummaryField *fields, size_t count, TableFormat format);
