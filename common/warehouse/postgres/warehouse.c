/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL: the listing and the rows are brought to it, as COPY … FROM STDIN (FORMAT binary). */
#include <string.h>

#include "base/limits.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/sql.h"
#include "postgres/load.h"
#include "postgres/target.h"
#include "warehouse/warehouse_private.h"

#define COLUMNS 7

static bool write_entry(Buffer *rows, const PlanEntry *entry)
{
    return row_begin(rows, COLUMNS) && row_add_text(rows, entry->dataset) && row_add_text(rows, entry->bucket) &&
           row_add_text(rows, entry->key) && row_add_text(rows, entry->etag) && row_add_bigint(rows, entry->size) &&
           row_add_text(rows, entry->modified) && row_add_text(rows, entry->partition);
}

static bool send_batch(Feed *feed, Error *error)
{
    int64_t count;
    AUTO_FREE char *sql = statement_fill(feed->connection, "plan/copy", NULL, 0);
    return copy_begin(feed->connection, sql, error) && copy_write(feed->connection, buffer_slice(&feed->rows), error) &&
           copy_end(feed->connection, &count, error);
}

static bool end_feed(Feed *feed, Error *error)
{
    (void)feed, (void)error;
    return true;
}

static char *describe(const Config *config, Connection *connection, const Dataset *dataset, const Table *table)
{
    (void)config;
    bool rescues = strcmp(dataset->on_unknown, "rescue") == 0;
    const SqlPlace place = {"target", rescues ? table->copy_target_rescuing : table->copy_target};
    return statement_fill(connection, "load/copy", &place, 1);
}

/* Nothing of it goes by S3. */
static bool tidy(const Config *config, Connection *connection, S3 *s3, Error *error)
{
    (void)config, (void)connection, (void)s3, (void)error;
    return true;
}

const Warehouse warehouse_postgres = {
    .name = "postgres",
    .batch_bytes = 1 * MIB,
    .write_entry = write_entry,
    .send_batch = send_batch,
    .end_feed = end_feed,
    .check_table = postgres_check_table,
    .open_target = postgres_open_target,
    .close_target = postgres_close_target,
    .load = postgres_load,
    .describe = describe,
    .tidy = tidy,
};
