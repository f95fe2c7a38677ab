/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/loader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "warehouse/warehouse_private.h"

struct Loader {
    const Warehouse *warehouse;
    const Config *config;
    S3 *s3;
    Target *targets; /* one for each dataset of the configuration */
    size_t count;
};

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
        catalog_table_done(&loader->targets[i].table);
        buffer_done(&loader->targets[i].jsonpaths);
    }
    free(loader->targets);
    free(loader);
}

Target *loader_find(const Loader *loader, const char *dataset)
{
    for (size_t i = 0; i < loader->count; i++)
        if (strcmp(loader->targets[i].dataset->name, dataset) == 0)
            return &loader->targets[i];
    return NULL;
}

void loader_each_unusable(const Loader *loader, void (*each)(const Dataset *dataset, const Error *why))
{
    for (size_t i = 0; i < loader->count; i++)
        if (!loader->targets[i].is_open && *loader->targets[i].unusable.message)
            each(loader->targets[i].dataset, &loader->targets[i].unusable);
}

bool loader_prepare(Loader *loader, Target *target, Connection *connection, Error *error)
{
    if (!target->is_open)
        target->is_open = loader->warehouse->open_target(target, connection, loader->s3, error);
    if (target->is_open)
        return true;
    target_refuse(target, error);
    target->unusable = *error;
    return false;
}

TaskEnd loader_load(Loader *loader, Target *target, Connection *connection, const Task *task,
                    const atomic_bool *interrupt, LoadOutcome *out_outcome, Error *error)
{
    assert(task->claim != TASK_UNCLAIMED && task->version_count > 0);
    assert(target->is_open && !connection_is_in_transaction(connection));
    const LoadOrder order = {.config = loader->config,
                             .connection = connection,
                             .s3 = loader->s3,
                             .target = target,
                             .task = task,
                             .interrupt = interrupt};
    TaskEnd end = loader->warehouse->load(&order, out_outcome, error);
    assert(!connection_is_in_transaction(connection));
    return end;
}

static bool load_table(Connection *connection, const Config *config, const Dataset *dataset, Table *out_table,
                       Error *error)
{
    return catalog_read_table(connection, dataset->table, out_table, error) &&
           warehouse_of(config)->check_table(dataset, out_table, error);
}

bool loader_check(Connection *connection, const Config *config, const Dataset *dataset, Error *error)
{
    AUTO_TABLE table = {0};
    return load_table(connection, config, dataset, &table, error);
}

bool loader_describe(Connection *connection, const Config *config, const Dataset *dataset, char **out_sql, Error *error)
{
    AUTO_TABLE table = {0};
    if (!load_table(connection, config, dataset, &table, error))
        return false;
    *out_sql = warehouse_of(config)->describe(connection, config, dataset, &table);
    return true;
}
