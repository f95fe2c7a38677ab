/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

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

static bool convert_column(const Dataset *dataset, const TableColumn *from, Column *to, Error *error)
{
    *to = (Column){.name = from->name,
                   .length_max = from->length_max,
                   .precision = from->precision,
                   .scale = from->scale,
                   .is_not_null = from->is_not_null};
    return find_type(from->type, &to->type) ||
           error_set(
               error, ERROR_FATAL,
               "the column %s of the staging table %s is of type %s, which cannot be loaded from JSON: make it text",
               from->name, dataset->table, from->type);
}

static bool read_jsonpaths(S3 *s3, const char *location, Buffer *text, Error *error)
{
    if (strncmp(location, "s3://", strlen("s3://")) != 0)
        return file_read(location, "jsonpaths file", text, error);
    Slice bucket, key;
    if (!s3_url_parse(location, &bucket, &key, error))
        return false;
    AUTO_FREE char *bucket_text = memory_copy_slice(bucket);
    AUTO_FREE char *key_text = memory_copy_slice(key);
    if (s3_get(s3, bucket_text, key_text, text, error))
        return true;
    if (error->kind == ERROR_STALE || error->kind == ERROR_REJECT)
        error->kind = ERROR_REFUSED;
    return error_add_context(error, "the jsonpaths file");
}

static TimeFormat time_format_of(const Dataset *dataset)
{
    if (strcmp(dataset->time_format, "epochsecs") == 0)
        return TIME_FORMAT_EPOCH_SECONDS;
    return strcmp(dataset->time_format, "epochmillisecs") == 0 ? TIME_FORMAT_EPOCH_MILLISECONDS : TIME_FORMAT_AUTO;
}

static JsonMapping mapping_of(const Dataset *dataset)
{
    if (strcmp(dataset->json, "auto") == 0)
        return JSON_AUTO;
    return strcmp(dataset->json, "auto ignorecase") == 0 ? JSON_AUTO_IGNORECASE : JSON_PATHS;
}

static OnUnknown on_unknown_of(const Dataset *dataset)
{
    if (strcmp(dataset->on_unknown, "rescue") == 0)
        return UNKNOWN_RESCUE;
    return strcmp(dataset->on_unknown, "reject") == 0 ? UNKNOWN_REJECT : UNKNOWN_IGNORE;
}

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

static void forget_table(Target *target)
{
    decoder_close(target->decoder);
    target->decoder = NULL;
    free(target->columns);
    target->columns = NULL;
    table_done(&target->table);
}

/* Takes the table over. */
static bool open_decoder(Target *target, Table *table, Error *error)
{
    forget_table(target);
    target->table = *table;
    *table = (Table){0};
    size_t count = target->table.column_count;
    OnUnknown on_unknown = on_unknown_of(target->dataset);
    if (on_unknown == UNKNOWN_RESCUE && !check_rescued(target->dataset, &target->table.rescued, error))
        return false;
    target->copy_target = on_unknown == UNKNOWN_RESCUE ? target->table.copy_target_rescuing : target->table.copy_target;
    target->columns = memory_alloc_zeroed(count, sizeof *target->columns);
    for (size_t i = 0; i < count; i++)
        if (!convert_column(target->dataset, &target->table.columns[i], &target->columns[i], error))
            return false;
    DecodeOptions options = {.columns = target->columns,
                             .column_count = count,
                             .mapping = mapping_of(target->dataset),
                             .jsonpaths = buffer_slice(&target->jsonpaths),
                             .time_format = time_format_of(target->dataset),
                             .on_unknown = on_unknown};
    return decoder_open(&options, &target->decoder, error);
}

static bool load_target(Target *target, Connection *connection, S3 *s3, Error *error)
{
    const Dataset *dataset = target->dataset;
    AUTO_TABLE table = {0};
    buffer_clear(&target->jsonpaths);
    return table_load(connection, dataset->table, &table, error) &&
           (mapping_of(dataset) != JSON_PATHS || read_jsonpaths(s3, dataset->json, &target->jsonpaths, error)) &&
           open_decoder(target, &table, error);
}

/* What is FATAL to a table or a jsonpaths file is so to its dataset alone, but for what S3 says of credentials and
 * bucket. */
static bool refuse(const Target *target, Error *error)
{
    if (error->kind == ERROR_FATAL && error->service != SERVICE_S3)
        error->kind = ERROR_REFUSED;
    return error_add_context(error, "dataset %s", target->dataset->name);
}

bool target_is_open(const Target *target)
{
    return target->decoder != NULL;
}

bool target_open(Target *target, Connection *connection, S3 *s3, Error *error)
{
    return target_is_open(target) || load_target(target, connection, s3, error) || refuse(target, error);
}

bool target_follow_table(Target *target, Connection *connection, Error *error)
{
    AUTO_TABLE table = {0};
    if (!table_lock(connection, target->dataset->table, error) ||
        !table_load(connection, target->dataset->table, &table, error))
        return refuse(target, error);
    return (target->decoder && table_equals(&table, &target->table)) || open_decoder(target, &table, error) ||
           refuse(target, error);
}

bool targets_load(const Config *config, Connection *connection, S3 *s3, Targets *out_targets, Error *error)
{
    AUTO_TARGETS targets = {.items = memory_alloc_zeroed(config->dataset_count, sizeof(Target))};
    for (; targets.count < config->dataset_count; targets.count++) {
        Target *target = &targets.items[targets.count];
        target->dataset = &config->datasets[targets.count];
        buffer_init(&target->jsonpaths, LIMIT_JSONPATHS_BYTES);
        if (target_open(target, connection, s3, &target->unusable))
            continue;
        if (target->unusable.kind != ERROR_REFUSED) {
            *error = target->unusable;
            targets.count++;
            return false;
        }
    }
    *out_targets = targets;
    targets = (Targets){0};
    return true;
}

void targets_done(Targets *targets)
{
    for (size_t i = 0; i < targets->count; i++) {
        forget_table(&targets->items[i]);
        buffer_done(&targets->items[i].jsonpaths);
    }
    free(targets->items);
    *targets = (Targets){0};
}

Target *targets_find(Targets *targets, const char *dataset)
{
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(targets->items[i].dataset->name, dataset) == 0)
            return &targets->items[i];
    return NULL;
}
