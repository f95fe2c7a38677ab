/* SPDX-License-Identifier: Apache-2.0
 *
 * Redshift: it fetches the listing and the objects itself, by COPY from what a manifest on S3 names. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "db/statement.h"
#include "redshift/copy.h"
#include "redshift/load.h"
#include "redshift/target.h"
#include "warehouse/inbox.h"
#include "warehouse/manifest.h"
#include "warehouse/warehouse_private.h"

#define DAY_S 86400

/* A line a batch of the listing: the most files are some thousands, for a million objects two dozen. */
#define MANIFEST_BYTES_MAX (4 * MIB)

static bool write_entry(Buffer *rows, const FeedEntry *entry)
{
    const ListedObject *object = entry->object;
    return buffer_append_text(rows, "{") && manifest_append_field(rows, "dataset", entry->dataset) &&
           buffer_append_text(rows, ",") && manifest_append_field(rows, "bucket", object->bucket) &&
           buffer_append_text(rows, ",") && manifest_append_field(rows, "key", object->key) &&
           buffer_append_text(rows, ",") && manifest_append_field(rows, "etag", object->etag) &&
           buffer_append_format(rows, ",\"size\":%" PRId64 ",", object->size) &&
           manifest_append_field(rows, "modified", object->modified) && buffer_append_text(rows, ",") &&
           manifest_append_field(rows, "partition", entry->partition) && buffer_append_text(rows, "}\n");
}

static void name_folder(Feed *feed)
{
    feed->folder = memory_format("listing-%016" PRIx64, inbox_random());
}

/* What fails on the way to the warehouse is the warehouse's failure, not the listed dataset's. */
static bool blame_warehouse(Error *error)
{
    error->service = SERVICE_WAREHOUSE;
    error_set_name(error, "");
    return false;
}

static bool send_batch(Feed *feed, Error *error)
{
    AUTO_INBOX inbox = {0};
    AUTO_FREE char *url = NULL;
    if (!feed->folder)
        name_folder(feed);
    AUTO_FREE char *name = memory_format("%s/%zu.json", feed->folder, feed->batch_count);
    if (!inbox_init(&inbox, feed->connection, feed->config, feed->s3, error) ||
        !inbox_put(&inbox, name, buffer_slice(&feed->rows), &url, NULL, error))
        return blame_warehouse(error);
    feed->batches = memory_grow(feed->batches, feed->batch_count, &feed->batch_capacity, sizeof *feed->batches);
    feed->batches[feed->batch_count++] = take(name);
    return true;
}

static bool write_manifest(const Feed *feed, const Inbox *inbox, Buffer *manifest)
{
    if (!manifest_begin(manifest))
        return false;
    for (size_t i = 0; i < feed->batch_count; i++) {
        AUTO_FREE char *key = memory_format("%s%s", inbox->folder, feed->batches[i]);
        if (!manifest_add(manifest, inbox->bucket, key))
            return false;
    }
    return manifest_end(manifest);
}

static bool put_manifest(const Feed *feed, const Inbox *inbox, const char *name, char **out_url, Error *error)
{
    AUTO_BUFFER manifest;
    buffer_init(&manifest, MANIFEST_BYTES_MAX);
    if (!write_manifest(feed, inbox, &manifest))
        return error_set(error, ERROR_FATAL, "the listing is too long for one manifest");
    return inbox_put(inbox, name, buffer_slice(&manifest), out_url, NULL, error);
}

/* If this fails, warehouse_tidy removes the rest a day later. */
static void forget_batches(const Feed *feed, const Inbox *inbox, const char *manifest)
{
    Error ignored;
    bool is_there = inbox_delete(inbox, manifest, &ignored);
    for (size_t i = 0; is_there && i < feed->batch_count; i++)
        is_there = inbox_delete(inbox, feed->batches[i], &ignored);
}

static bool end_feed(Feed *feed, Error *error)
{
    AUTO_INBOX inbox = {0};
    AUTO_FREE char *url = NULL;
    if (feed->batch_count == 0)
        return true;
    AUTO_FREE char *name = memory_format("%s/manifest", feed->folder);
    if (!inbox_init(&inbox, feed->connection, feed->config, feed->s3, error) ||
        !put_manifest(feed, &inbox, name, &url, error))
        return blame_warehouse(error);
    AUTO_FREE char *sql = redshift_copy_listing_sql(feed->connection, feed->config, url);
    bool is_copied = connection_run(feed->connection, sql, NULL, error);
    forget_batches(feed, &inbox, name);
    return is_copied;
}

/* COPY converts to any type that Redshift has. */
static bool check_table(const Dataset *dataset, const Table *table, Error *error)
{
    (void)dataset, (void)table, (void)error;
    return true;
}

static void close_target(Target *target)
{
    (void)target;
}

static char *describe(Connection *connection, const Config *config, const Dataset *dataset, const Table *table)
{
    const CopyOrder order = {.config = config,
                             .dataset = dataset,
                             .column_list = table->column_list,
                             .manifest = config->warehouse.manifest_prefix,
                             .jsonpaths = NULL,
                             .first_key = ""};
    AUTO_FREE char *make = redshift_copy_table_sql(connection, table);
    AUTO_FREE char *copy = redshift_copy_sql(connection, &order);
    AUTO_FREE char *insert = redshift_copy_insert_sql(connection, dataset, table);
    return memory_format("%s;\n%s;\n%s", make, copy, insert);
}

/* What stands in a ledger's folder. */
typedef struct Tidy {
    const Inbox *inbox;
    char old[32]; /* what was written before that is nobody's any more, as S3 writes times */
    char **names;
    size_t count, capacity;
} Tidy;

static void tidy_done(Tidy *tidy)
{
    for (size_t i = 0; i < tidy->count; i++)
        free(tidy->names[i]);
    free(tidy->names);
}

/* The run that the file belongs to, 0: none. */
static int64_t run_of(const char *name)
{
    int64_t run;
    return sscanf(name, "run-%" SCNd64 "/", &run) == 1 ? run : 0;
}

static bool note_file(void *context, const ListedObject *object, Error *error)
{
    Tidy *tidy = context;
    (void)error;
    const char *name = object->key + strlen(tidy->inbox->folder);
    bool is_listing = strncmp(name, "listing-", strlen("listing-")) == 0;
    bool is_old_listing = is_listing && !object->fault && strcmp(object->modified, tidy->old) < 0;
    if (run_of(name) == 0 && !is_old_listing)
        return true;
    tidy->names = memory_grow(tidy->names, tidy->count, &tidy->capacity, sizeof *tidy->names);
    tidy->names[tidy->count++] = memory_copy_text(name);
    return true;
}

static bool is_open(const Result *open_runs, int64_t run)
{
    for (size_t i = 0; i < result_row_count(open_runs); i++) {
        ResultRow row = result_row(open_runs, i);
        int64_t open_run = result_next_number(&row);
        result_row_end(&row);
        if (open_run == run)
            return true;
    }
    return false;
}

static bool remove_files(const Tidy *tidy, const Result *open_runs, Error *error)
{
    for (size_t i = 0; i < tidy->count; i++)
        if (!is_open(open_runs, run_of(tidy->names[i])) && !inbox_delete(tidy->inbox, tidy->names[i], error))
            return false;
    return true;
}

/* The runs are read after the files, so that each file's run was planned before: one that is not open is done. */
static bool tidy(Connection *connection, const Config *config, S3 *s3, Error *error)
{
    AUTO_INBOX inbox = {0};
    AUTO_RESULT open_runs = {0};
    AUTO(Tidy, tidy_done) order = {.inbox = &inbox};
    time_t yesterday_s = time(NULL) - DAY_S;
    struct tm day;
    if (!gmtime_r(&yesterday_s, &day) || strftime(order.old, sizeof order.old, "%Y-%m-%dT%H:%M:%S", &day) == 0)
        *order.old = '\0';
    if (!inbox_init(&inbox, connection, config, s3, error))
        return false;
    const S3Listing listing = {
        .bucket = inbox.bucket, .prefix = inbox.folder, .start_after = "", .each = note_file, .context = &order};
    return s3_list(s3, &listing, error) && statement_run(connection, "tidy/open_runs", NO_VALUES, &open_runs, error) &&
           remove_files(&order, &open_runs, error);
}

const Warehouse warehouse_redshift = {
    .batch_bytes = 16 * MIB,
    .write_entry = write_entry,
    .send_batch = send_batch,
    .end_feed = end_feed,
    .check_table = check_table,
    .open_target = redshift_target_follow,
    .close_target = close_target,
    .load = redshift_load,
    .describe = describe,
    .tidy = tidy,
};
