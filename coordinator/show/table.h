/* SPDX-License-Identifier: Apache-2.0
 *
 * What a query returned, shown as a table for people, as CSV (RFC 4180) or as JSON. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "db/connection.h"

typedef enum TableFormat { TABLE_TEXT, TABLE_CSV, TABLE_JSON } TableFormat;

/* False if the name is none of table, csv, json. */
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

/* For people: a table no wider than width. names are the columns, separated by blanks; those that find no room are left
 * out, from the last one on. Long texts are cut. */
void table_print_fitting(FILE *stream, const char *title, const Result *result, const char *names, size_t width);

/* Ends what table_print began. To be called once, even if nothing was printed. */
void table_finish(TablePrinter *printer);

/* A result of one row, for a program: as CSV, or as a JSON object on a line. Nothing for TABLE_TEXT. */
void table_print_row(FILE *stream, TableFormat format, const Result *result);
