/* SPDX-License-Identifier: Apache-2.0
 *
 * What a kind of warehouse fills in; nobody above includes it. */
#pragma once

#include "base/buffer.h"
#include "warehouse/target.h"
#include "warehouse/warehouse.h"

/* A load, in the words of its step. */
typedef struct LoadOrder {
    const Config *config;
    Connection *connection;
    S3 *s3;
    Target *target;
    const Task *task;
    const atomic_bool *interrupt;
} LoadOrder;

typedef struct Warehouse {
    const char *name;
    size_t batch_bytes; /* of the listing */

    /* Appends the entry as the warehouse takes it; false where it does not fit. */
    bool (*write_entry)(Buffer *rows, const PlanEntry *entry);
    /* Brings a batch on its way, and all of them to their end. */
    bool (*send_batch)(Feed *feed, Error *error);
    bool (*end_feed)(Feed *feed, Error *error);

    /* Whether rows of the dataset can be brought into the table. */
    bool (*check_table)(const Dataset *dataset, const Table *table, Error *error);
    /* Makes a target ready to be loaded into. */
    bool (*open_target)(Target *target, Connection *connection, S3 *s3, Error *error);
    void (*close_target)(Target *target);
    bool (*load)(const LoadOrder *order, LoadOutcome *out_outcome, Error *error);
    char *(*describe)(const Config *config, Connection *connection, const Dataset *dataset, const Table *table);

    bool (*tidy)(const Config *config, Connection *connection, S3 *s3, Error *error);
} Warehouse;

extern const Warehouse warehouse_postgres, warehouse_redshift;

struct Feed {
    const Warehouse *warehouse;
    const Config *config;
    Connection *connection;
    S3 *s3;
    Buffer rows; /* of the batch that is being gathered */
    int64_t count;
    char **batches; /* keys of those that wait on S3 */
    size_t batch_count, batch_capacity;
    char *folder; /* that they are in */
};
