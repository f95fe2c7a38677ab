/* SPDX-License-Identifier: Apache-2.0 */
#include "db/values.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

void values_write(Values values, ValueTexts *out_texts)
{
    assert(values.count <= VALUES_MAX);
    for (size_t i = 0; i < values.count; i++) {
        const StatementValue *value = &values.values[i];
        snprintf(out_texts->numbers[i], sizeof out_texts->numbers[i], "%" PRId64, value->number);
        out_texts->texts[i] = value->is_number ? out_texts->numbers[i] : value->text;
    }
}
