/* SPDX-License-Identifier: Apache-2.0
 *
 * What a kind of warehouse fills in; nobody above includes it. */
#pragma once

#include "base/buffer.h"
#include "warehouse/feed.h"
#include "warehouse/loader.h"
#include "warehouse/warehouse.h"

/* What a load needs. */
typedef struct LoadOrder {
    const Config *config;
    Connection *connection;
    S3 *s3;
    Target *target;
    const Task *task;
    const atomic_bool *interrupt;
} LoadOrder;

typedef struct Warehouse {
    size_t batch_bytes; /* of the listing */

    /* Appends the entry as the warehouse takes it; false if it does not fit. */
    bool (*write_entry)(Buffer *rows, const FeedEntry *entry);
    /* send_batch sends one batch of the listing; end_feed finishes after the last one. */
    bool (*send_batch)(Feed *feed, Error *error);
    bool (*end_feed)(Feed *feed, Error *error);

    /* Whether rows of the dataset can be brought into the table. */
    bool (*check_table)(const Dataset *dataset, const Table *table, Error *error);
    /* Makes a target ready to be loaded into. */
    bool (*open_target)(Target *target, Connection *connection, S3 *s3, Error *error);
    void (*close_target)(Target *target);
    TaskEnd (*load)(const LoadOrder *order, LoadOutcome *out_outcome, Error *error);
    char *(*describe)(Connection *connection, const Config *config, const Dataset *dataset, const Table *table);

    bool (*tidy)(Connection *connection, const Config *config, S3 *s3, Error *error);
} Warehouse;

extern const Warehouse warehouse_postgres, warehouse_redshift;

/* The kind that the configuration names. */
const Warehouse *warehouse_of(const Config *config);

struct Feed {
    const Warehouse *warehouse;
    const Config *config;
    Connection *connection;
    S3 *s3;
    Buffer rows;    /* of the batch that is being gathered */
    char **batches; /* keys of those that wait on S3 */
    size_t batch_count, batch_capacity;
    char *folder; /* that they are in */
};
