/* SPDX-License-Identifier: Apache-2.0 */
#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/sql.h"

static const char *const added_columns[] = {"_object", "_run", "_ordinal"};
#define ADDED_COUNT (sizeof added_columns / sizeof *added_columns)

static bool is_added(const char *name)
{
    for (size_t i = 0; i < ADDED_COUNT; i++)
        if (strcmp(name, added_columns[i]) == 0)
            return true;
    return false;
}

/* What copyfleet fills itself has one type, whatever the columns of the data have. */
static bool check_added(const char *table, const Result *result, size_t row, Error *error)
{
    const char *column = result_text(result, row, 0), *type = result_text(result, row, 1);
    return strcmp(type, "bigint") == 0 ||
           error_set(error, ERROR_FATAL,
                     "the column %s of the staging table %s is of type %s, and copyfleet fills it with a bigint: make "
                     "it bigint",
                     column, table, type);
}

static TableColumn make_column(const Result *result, size_t row)
{
    return (TableColumn){
        .name = memory_copy_text(result_text(result, row, 0)),
        .type = memory_copy_text(result_text(result, row, 1)),
        .length_max = (int32_t)result_number(result, row, 2),
        .precision = (int16_t)result_number(result, row, 3),
        .scale = (int16_t)result_number(result, row, 4),
        .is_not_null = result_bool(result, row, 5),
    };
}

static void column_done(TableColumn *column)
{
    free(column->name);
    free(column->type);
}

static char *make_column_list(Connection *connection, const Table *table)
{
    AUTO_BUFFER list;
    buffer_init(&list, MIB);
    bool fits = buffer_append_text(&list, "");
    for (size_t i = 0; fits && i < table->column_count; i++) {
        AUTO_FREE char *quoted = connection_quote_identifier(connection, table->columns[i].name);
        fits = buffer_append_format(&list, "%s%s", i > 0 ? ", " : "", quoted);
    }
    if (!fits)
        error_abort("a table's columns are longer than a warehouse allows");
    return take(list.data);
}

static char *make_copy_target(const char *name, const Table *table, const char *added)
{
    return memory_format("%s (%s%s%s)", name, table->column_list, *table->column_list ? ", " : "", added);
}

static bool read_columns(Connection *connection, const char *name, const char *qualified, Result *out_columns,
                         Error *error)
{
    return statement_run(connection, "load/columns", &qualified, 1, out_columns, error) ||
           error_add_context(error, "staging table %s", name);
}

bool table_find(Connection *connection, const char *name, bool *out_is_there, Error *error)
{
    AUTO_RESULT columns = {0};
    AUTO_FREE char *qualified = connection_qualify(connection, name);
    if (!read_columns(connection, name, qualified, &columns, error))
        return false;
    *out_is_there = result_row_count(&columns) > 0;
    return true;
}

bool table_load(Connection *connection, const char *name, Table *out_table, Error *error)
{
    AUTO_RESULT result = {0};
    AUTO_FREE char *qualified = connection_qualify(connection, name);
    if (!read_columns(connection, name, qualified, &result, error))
        return false;
    AUTO_TABLE table = {.columns = memory_alloc_zeroed(result_row_count(&result), sizeof(TableColumn))};
    size_t added_count = 0;
    for (size_t row = 0; row < result_row_count(&result); row++) {
        const char *column = result_text(&result, row, 0);
        if (is_added(column) && !check_added(name, &result, row, error))
            return false;
        if (is_added(column))
            added_count++;
        else if (strcmp(column, "_rescued") == 0)
            table.rescued = make_column(&result, row);
        else
            table.columns[table.column_count++] = make_column(&result, row);
    }
    if (result_row_count(&result) == 0)
        return error_set(error, ERROR_FATAL,
                         "there is no staging table %s: copyfleet create-tables makes it; if it had rows, put it back, "
                         "or let copyfleet reload load them again",
                         name);
    if (added_count < ADDED_COUNT)
        return error_set(error, ERROR_FATAL,
                         "the staging table %s lacks a column: add _object, _run and _ordinal, each bigint NOT NULL",
                         name);
    if (result_bool(&result, 0, 6))
        return error_set(error, ERROR_FATAL,
                         "the staging table %s has row-level security, under which no role may COPY into it: ALTER "
                         "TABLE %s DISABLE ROW LEVEL SECURITY, or load as its owner or a role with BYPASSRLS",
                         name, name);
    table.column_list = make_column_list(connection, &table);
    table.copy_target = make_copy_target(qualified, &table, "_object, _run, _ordinal");
    table.copy_target_rescuing = make_copy_target(qualified, &table, "_object, _run, _ordinal, _rescued");
    *out_table = table;
    table = (Table){0};
    return true;
}

void table_done(Table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        column_done(&table->columns[i]);
    column_done(&table->rescued);
    free(table->columns);
    free(table->column_list);
    free(table->copy_target);
    free(table->copy_target_rescuing);
    *table = (Table){0};
}

static bool column_equals(const TableColumn *a, const TableColumn *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 && a->length_max == b->length_max &&
           a->precision == b->precision && a->scale == b->scale && a->is_not_null == b->is_not_null;
}

bool table_equals(const Table *a, const Table *b)
{
    for (size_t i = 0; i < a->column_count && i < b->column_count; i++)
        if (!column_equals(&a->columns[i], &b->columns[i]))
            return false;
    if (!a->rescued.name != !b->rescued.name || (a->rescued.name && !column_equals(&a->rescued, &b->rescued)))
        return false;
    return a->column_count == b->column_count && strcmp(a->copy_target, b->copy_target) == 0;
}
