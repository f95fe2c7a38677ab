/* SPDX-License-Identifier: Apache-2.0 */
#include "show/summary.h"

#include <inttypes.h>
#include <stdio.h>

static void print_field(const SummaryField *field)
{
    if (field->is_ms)
        printf("%.3f", (double)field->number / 1000);
    else
        printf("%" PRId64, field->number);
}

static void print_csv(const SummaryField *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s%s", fields[i].name, i + 1 < count ? "," : "\r\n");
    for (size_t i = 0; i < count; i++) {
        print_field(&fields[i]);
        fputs(i + 1 < count ? "," : "\r\n", stdout);
    }
}

static void print_json(const SummaryField *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%s\"%s\": ", i == 0 ? "{" : ", ", fields[i].name);
        print_field(&fields[i]);
    }
    puts("}");
}

void summary_print(const SummaryField *fields, size_t count, TableFormat format)
{
    if (format == TABLE_CSV)
        print_csv(fields, count);
    if (format == TABLE_JSON)
        print_json(fields, count);
}
