/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "db/statement.h"

typedef struct TypeName {
    const char *name;
    ColumnType type;
} TypeName;

/* As PostgreSQL's format_type prints them. */
static const TypeName type_names[] = {
    {"text", COLUMN_TEXT},
    {"character varying", COLUMN_TEXT},
    {"character", COLUMN_TEXT},
    {"smallint", COLUMN_SMALLINT},
    {"integer", COLUMN_INTEGER},
    {"bigint", COLUMN_BIGINT},
    {"real", COLUMN_REAL},
    {"double precision", COLUMN_DOUBLE},
    {"numeric", COLUMN_NUMERIC},
    {"boolean", COLUMN_BOOLEAN},
    {"date", COLUMN_DATE},
    {"timestamp without time zone", COLUMN_TIMESTAMP},
    {"timestamp with time zone", COLUMN_TIMESTAMPTZ},
    {"jsonb", COLUMN_JSONB},
};

static bool find_type(const char *name, ColumnType *out_type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (strcmp(type_names[i].name, name) == 0) {
            *out_type = type_names[i].type;
            return true;
        }
    }
    return false;
}

static Column convert_column(const TableColumn *from)
{
    Column to = {.name = from->name,
                 .length_max = from->length_max,
                 .precision = from->precision,
                 .scale = from->scale,
                 .is_not_null = from->is_not_null};
    bool is_known = find_type(from->type, &to.type);
    assert(is_known); /* postgres_target_check */
    (void)is_known;
    return to;
}

/* What the configuration chooses, as the decoder takes it. */
static const TimeFormat time_formats[] = {[DATASET_TIME_AUTO] = TIME_FORMAT_AUTO,
                                          [DATASET_TIME_EPOCH_SECONDS] = TIME_FORMAT_EPOCH_SECONDS,
                                          [DATASET_TIME_EPOCH_MILLISECONDS] = TIME_FORMAT_EPOCH_MILLISECONDS};
static const JsonMapping mappings[] = {[DATASET_JSON_AUTO] = JSON_AUTO,
                                       [DATASET_JSON_AUTO_IGNORECASE] = JSON_AUTO_IGNORECASE,
                                       [DATASET_JSON_PATHS] = JSON_PATHS};
static const OnUnknown on_unknowns[] = {
    [ON_UNKNOWN_IGNORE] = UNKNOWN_IGNORE, [ON_UNKNOWN_REJECT] = UNKNOWN_REJECT, [ON_UNKNOWN_RESCUE] = UNKNOWN_RESCUE};

static bool check_rescued(const Dataset *dataset, const TableColumn *rescued, Error *error)
{
    if (!rescued->name)
        return error_set(error, ERROR_FATAL,
                         "ON_UNKNOWN is rescue, and the staging table %s has no column _rescued: ALTER TABLE %s ADD "
                         "COLUMN _rescued jsonb",
                         dataset->table, dataset->table);
    if (strcmp(rescued->type, "jsonb") == 0 && !rescued->is_not_null)
        return true;
    return error_set(
        error, ERROR_FATAL,
        "ON_UNKNOWN is rescue, and the column _rescued of the staging table %s is %s%s, not jsonb that may "
        "be NULL: drop it, then ALTER TABLE %s ADD COLUMN _rescued jsonb",
        dataset->table, rescued->type, rescued->is_not_null ? " NOT NULL" : "", dataset->table);
}

bool postgres_target_check(const Dataset *dataset, const Table *table, Error *error)
{
    ColumnType ignored;
    if (dataset->on_unknown == ON_UNKNOWN_RESCUE && !check_rescued(dataset, &table->rescued, error))
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        if (!find_type(table->columns[i].type, &ignored))
            return error_set(error, ERROR_FATAL,
                             "the column %s of the staging table %s is of type %s, which cannot be loaded from JSON: "
                             "make it text",
                             table->columns[i].name, dataset->table, table->columns[i].type);
    return true;
}

void postgres_target_close(Target *target)
{
    decode_close(target->decoder);
    target->decoder = NULL;
    free(target->columns);
    target->columns = NULL;
}

/* Takes the table over. */
static bool open_decoder(Target *target, Table *table, Error *error)
{
    postgres_target_close(target);
    catalog_table_done(&target->table);
    target->table = *table;
    *table = (Table){0};
    size_t count = target->table.column_count;
    OnUnknown on_unknown = on_unknowns[target->dataset->on_unknown];
    if (!postgres_target_check(target->dataset, &target->table, error))
        return false;
    target->copy_target = on_unknown == UNKNOWN_RESCUE ? target->table.copy_target_rescuing : target->table.copy_target;
    target->columns = memory_alloc_zeroed(count, sizeof *target->columns);
    for (size_t i = 0; i < count; i++)
        target->columns[i] = convert_column(&target->table.columns[i]);
    DecodeOptions options = {.columns = target->columns,
                             .column_count = count,
                             .mapping = mappings[target->dataset->mapping],
                             .jsonpaths = buffer_slice(&target->jsonpaths),
                             .time_format = time_formats[target->dataset->time_format],
                             .on_unknown = on_unknown};
    return decode_open(&options, &target->decoder, error);
}

bool postgres_target_open(Target *target, Connection *connection, S3 *s3, Error *error)
{
    AUTO_TABLE table = {0};
    return catalog_read_table(connection, target->dataset->table, &table, error) &&
           (!target_has_jsonpaths(target->dataset) || target_read_jsonpaths(target, s3, error)) &&
           open_decoder(target, &table, error);
}

static bool lock_table(const Target *target, Connection *connection, Error *error)
{
    AUTO_FREE char *sql = statement_on(connection, "load/table", target->dataset->table);
    return connection_run_lock(connection, sql, error);
}

bool postgres_target_follow(Target *target, Connection *connection, Error *error)
{
    AUTO_TABLE table = {0};
    if (!lock_table(target, connection, error) ||
        !catalog_read_table(connection, target->dataset->table, &table, error))
        return target_refuse(target, error);
    if (target->decoder && catalog_table_equals(&table, &target->table))
        return true;
    target->is_open = open_decoder(target, &table, error);
    return target->is_open || target_refuse(target, error);
}
