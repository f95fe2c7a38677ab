/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/warehouse.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "warehouse/warehouse_private.h"

/* Behind a full batch there is room for one entry more, whatever it holds. */
#define ENTRY_BYTES_MAX (32 * KIB)

struct Loader {
    const Warehouse *warehouse;
    const Config *config;
    S3 *s3;
    Target *targets; /* one for each dataset of the configuration */
    size_t count;
};

/* The one place of this floor that asks. */
static const Warehouse *warehouse_of(const Config *config)
{
    return strcmp(config->warehouse, warehouse_redshift.name) == 0 ? &warehouse_redshift : &warehouse_postgres;
}

Feed *feed_open(const Config *config, Connection *connection, S3 *s3)
{
    Feed *feed = memory_alloc_zeroed(1, sizeof *feed);
    feed->warehouse = warehouse_of(config);
    feed->config = config;
    feed->connection = connection;
    feed->s3 = s3;
    buffer_init(&feed->rows, feed->warehouse->batch_bytes + ENTRY_BYTES_MAX);
    return feed;
}

void feed_close(Feed *feed)
{
    if (!feed)
        return;
    for (size_t i = 0; i < feed->batch_count; i++)
        free(feed->batches[i]);
    free(feed->batches);
    free(feed->folder);
    buffer_done(&feed->rows);
    free(feed);
}

static bool send_batch(Feed *feed, Error *error)
{
    if (feed->rows.length == 0)
        return true;
    if (!feed->warehouse->send_batch(feed, error))
        return error_add_context(error, "sending the listing");
    buffer_clear(&feed->rows);
    return true;
}

bool feed_add(Feed *feed, const PlanEntry *entry, Error *error)
{
    if (strlen(entry->etag) > LIMIT_ETAG_BYTES || !feed->warehouse->write_entry(&feed->rows, entry))
        return error_set(error, ERROR_FATAL, "the listing entry of s3://%s/%s is longer than S3 allows", entry->bucket,
                         entry->key);
    feed->count++;
    return feed->rows.length < feed->warehouse->batch_bytes || send_batch(feed, error);
}

bool feed_end(Feed *feed, int64_t *out_count, Error *error)
{
    *out_count = feed->count;
    return send_batch(feed, error) &&
           (feed->warehouse->end_feed(feed, error) || error_add_context(error, "sending the listing"));
}

static Target *find_target(const Loader *loader, const char *dataset)
{
    for (size_t i = 0; i < loader->count; i++)
        if (strcmp(loader->targets[i].dataset->name, dataset) == 0)
            return &loader->targets[i];
    return NULL;
}

static bool open_target(Loader *loader, Target *target, Connection *connection, Error *error)
{
    if (!target->is_open)
        target->is_open = loader->warehouse->open_target(target, connection, loader->s3, error);
    if (target->is_open)
        return true;
    target_refuse(target, error);
    target->unusable = *error;
    return false;
}

Loader *loader_open(const Config *config, S3 *s3)
{
    Loader *loader = memory_alloc_zeroed(1, sizeof *loader);
    *loader = (Loader){.warehouse = warehouse_of(config),
                       .config = config,
                       .s3 = s3,
                       .targets = memory_alloc_zeroed(config->dataset_count, sizeof(Target)),
                       .count = config->dataset_count};
    for (size_t i = 0; i < loader->count; i++) {
        loader->targets[i].dataset = &config->datasets[i];
        buffer_init(&loader->targets[i].jsonpaths, LIMIT_JSONPATHS_BYTES);
    }
    return loader;
}

void loader_close(Loader *loader)
{
    if (!loader)
        return;
    for (size_t i = 0; i < loader->count; i++) {
        loader->warehouse->close_target(&loader->targets[i]);
        table_done(&loader->targets[i].table);
        buffer_done(&loader->targets[i].jsonpaths);
    }
    free(loader->targets);
    free(loader);
}

const Dataset *loader_find_dataset(const Loader *loader, const char *name)
{
    const Target *target = find_target(loader, name);
    return target ? target->dataset : NULL;
}

void loader_each_unusable(const Loader *loader, void (*each)(const Dataset *dataset, const Error *why))
{
    for (size_t i = 0; i < loader->count; i++)
        if (!loader->targets[i].is_open && *loader->targets[i].unusable.message)
            each(loader->targets[i].dataset, &loader->targets[i].unusable);
}

bool loader_prepare(Loader *loader, const char *dataset, Connection *connection, Error *error)
{
    return open_target(loader, find_target(loader, dataset), connection, error);
}

bool loader_load(Loader *loader, Connection *connection, const Task *task, const atomic_bool *interrupt,
                 LoadOutcome *out_outcome, Error *error)
{
    const LoadOrder order = {.config = loader->config,
                             .connection = connection,
                             .s3 = loader->s3,
                             .target = find_target(loader, task->dataset),
                             .task = task,
                             .interrupt = interrupt};
    return loader->warehouse->load(&order, out_outcome, error);
}

static bool load_table(const Config *config, Connection *connection, const Dataset *dataset, Table *out_table,
                       Error *error)
{
    return table_load(connection, dataset->table, out_table, error) &&
           warehouse_of(config)->check_table(dataset, out_table, error);
}

bool loader_check(const Config *config, Connection *connection, const Dataset *dataset, Error *error)
{
    AUTO_TABLE table = {0};
    bool is_there;
    return table_find(connection, dataset->table, &is_there, error) &&
           (!is_there || load_table(config, connection, dataset, &table, error));
}

bool loader_describe(const Config *config, Connection *connection, const Dataset *dataset, char **out_sql, Error *error)
{
    AUTO_TABLE table = {0};
    if (!load_table(config, connection, dataset, &table, error))
        return false;
    *out_sql = warehouse_of(config)->describe(config, connection, dataset, &table);
    return true;
}

bool warehouse_tidy(const Config *config, Connection *connection, S3 *s3, Error *error)
{
    return warehouse_of(config)->tidy(config, connection, s3, error);
}
