/* SPDX-License-Identifier: Apache-2.0 */
#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/statement.h"

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
static bool check_added(const char *table, const TableColumn *column, Error *error)
{
    return strcmp(column->type, "bigint") == 0 ||
           error_set(error, ERROR_FATAL,
                     "the column %s of the staging table %s is of type %s, and copyfleet fills it with a bigint: make "
                     "it bigint",
                     column->name, table, column->type);
}

/* Row-level security is the whole table's. */
static TableColumn read_column(const Result *result, size_t i, bool *out_has_row_security)
{
    TableColumn column = {0};
    ResultRow row = result_row(result, i);
    column.name = memory_copy_text(result_next_text(&row));
    column.type = memory_copy_text(result_next_text(&row));
    column.length_max = result_next_integer(&row);
    column.precision = (int16_t)result_next_number(&row);
    column.scale = (int16_t)result_next_number(&row);
    column.is_not_null = result_next_bool(&row);
    *out_has_row_security = result_next_bool(&row);
    result_row_end(&row);
    return column;
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
    return statement_run(connection, "load/columns", VALUES(TEXT_VALUE(qualified)), out_columns, error) ||
           error_add_context(error, "staging table %s", name);
}

/* TABLE is read as SQL reads a name. */
static bool is_folded(const char *name)
{
    return !strchr(name, '"') && strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

bool catalog_read_table(Connection *connection, const char *name, Table *out_table, Error *error)
{
    AUTO_RESULT result = {0};
    AUTO_FREE char *qualified = connection_qualify(connection, name);
    if (!read_columns(connection, name, qualified, &result, error))
        return false;
    AUTO_TABLE table = {.columns = memory_alloc_zeroed(result_row_count(&result), sizeof(TableColumn))};
    size_t added_count = 0;
    bool has_row_security = false;
    for (size_t i = 0; i < result_row_count(&result); i++) {
        AUTO(TableColumn, column_done) column = read_column(&result, i, &has_row_security);
        if (is_added(column.name)) {
            added_count++;
            if (!check_added(name, &column, error))
                return false;
            continue;
        }
        bool is_rescued = strcmp(column.name, "_rescued") == 0;
        *(is_rescued ? &table.rescued : &table.columns[table.column_count++]) = column;
        column = (TableColumn){0};
    }
    if (result_row_count(&result) == 0)
        return error_set(error, ERROR_FATAL,
                         "there is no staging table %s: copyfleet create-tables makes what staging.sql has; if it had "
                         "rows, put it back, or let copyfleet reload load them again%s",
                         name,
                         is_folded(name) ? "; without quotation marks TABLE is a name in small letters: one that has "
                                           "capitals is written TABLE = '\"Name\"'"
                                         : "");
    if (added_count < ADDED_COUNT)
        return error_set(error, ERROR_FATAL,
                         "the staging table %s lacks a column: add _object, _run and _ordinal, each bigint NOT NULL",
                         name);
    if (has_row_security)
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

void catalog_table_done(Table *table)
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

bool catalog_table_equals(const Table *a, const Table *b)
{
    for (size_t i = 0; i < a->column_count && i < b->column_count; i++)
        if (!column_equals(&a->columns[i], &b->columns[i]))
            return false;
    if (!a->rescued.name != !b->rescued.name || (a->rescued.name && !column_equals(&a->rescued, &b->rescued)))
        return false;
    return a->column_count == b->column_count && strcmp(a->copy_target, b->copy_target) == 0;
}
