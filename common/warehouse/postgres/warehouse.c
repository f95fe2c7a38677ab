/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL: the listing and the rows are brought to it, as COPY … FROM STDIN (FORMAT binary). */
#include <string.h>

#include "base/limits.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/statement.h"
#include "postgres/load.h"
#include "postgres/target.h"
#include "warehouse/warehouse_private.h"

#define COLUMNS 7

static bool write_entry(Buffer *rows, const FeedEntry *entry)
{
    const ListedObject *object = entry->object;
    return row_begin(rows, COLUMNS) && row_add_text(rows, entry->dataset) && row_add_text(rows, object->bucket) &&
           row_add_text(rows, object->key) && row_add_text(rows, object->etag) && row_add_bigint(rows, object->size) &&
           row_add_text(rows, object->modified) && row_add_text(rows, entry->partition);
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

static char *describe(Connection *connection, const Config *config, const Dataset *dataset, const Table *table)
{
    (void)config;
    bool rescues = dataset->on_unknown == ON_UNKNOWN_RESCUE;
    const SqlPlace place = {"target", rescues ? table->copy_target_rescuing : table->copy_target};
    return statement_fill(connection, "load/copy", &place, 1);
}

/* Nothing of it goes by S3. */
static bool tidy(Connection *connection, const Config *config, S3 *s3, Error *error)
{
    (void)config, (void)connection, (void)s3, (void)error;
    return true;
}

const Warehouse warehouse_postgres = {
    .batch_bytes = 1 * MIB,
    .write_entry = write_entry,
    .send_batch = send_batch,
    .end_feed = end_feed,
    .check_table = postgres_target_check,
    .open_target = postgres_target_open,
    .close_target = postgres_target_close,
    .load = postgres_load,
    .describe = describe,
    .tidy = tidy,
};
