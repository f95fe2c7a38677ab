/* SPDX-License-Identifier: Apache-2.0
 *
 * What a query returned, shown as a table for people, as CSV (RFC 4180) or as JSON. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "db/connection.h"

typedef enum TableFormat { TABLE_TEXT, TABLE_CSV, TABLE_JSON } TableFormat;

/* False where the name is none of table, csv, json. */
bool table_format_parse(const char *name, TableFormat *out_format);

/* Several results, one after the other: as JSON one object with a member a result. */
typedef struct TablePrinter {
    FILE *stream;
    TableFormat format;
    int schema_version; /* of the JSON, its first member; 0: it has none */
    int printed;
} TablePrinter;

/* name is the member's name in JSON, title the heading for people. */
void table_print(TablePrinter *printer, const char *name, const char *title, const Result *result);

/* For people, no wider than that: the columns of these names, each followed by a blank but for the last one, as many of
 * them as find room. Long texts are cut. */
void table_print_fitting(FILE *stream, const char *title, const Result *result, const char *names, size_t width);

/* Ends what table_print began; to be called once, also after no result at all. */
void table_finish(TablePrinter *printer);
