/* SPDX-License-Identifier: Apache-2.0 */
#include "show/summary.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"

#define NUMBER_SIZE 32

void summary_init(Result *out_result, const SummaryField *fields, size_t count)
{
    AUTO_FREE const char **names = memory_alloc_zeroed(count, sizeof *names);
    AUTO_FREE const char **values = memory_alloc_zeroed(count, sizeof *values);
    AUTO_FREE char *types = memory_alloc_zeroed(count + 1, 1);
    AUTO_FREE char(*numbers)[NUMBER_SIZE] = memory_alloc_zeroed(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        names[i] = fields[i].name;
        types[i] = 'n';
        if (fields[i].is_ms)
            snprintf(numbers[i], NUMBER_SIZE, "%.3f", (double)fields[i].number / 1000);
        else
            snprintf(numbers[i], NUMBER_SIZE, "%" PRId64, fields[i].number);
        values[i] = numbers[i];
    }
    result_init(out_result, names, types);
    result_add_row(out_result, values);
}

void summary_print(const SummaryField *fields, size_t count, TableFormat format)
{
    AUTO_RESULT result = {0};
    summary_init(&result, fields, count);
    table_print_row(stdout, format, &result);
}
