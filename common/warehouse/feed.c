/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "warehouse/warehouse_private.h"

/* After a full batch there is room for one entry more, whatever it holds. */
#define ENTRY_BYTES_MAX (32 * KIB)

Feed *feed_open(Connection *connection, const Config *config, S3 *s3)
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

bool feed_refuse_long(const ListedObject *object, Error *error)
{
    return error_set(error, ERROR_FATAL, "the listing entry of s3://%s/%s is longer than S3 allows", object->bucket,
                     object->key);
}

bool feed_add(Feed *feed, const FeedEntry *entry, Error *error)
{
    if (strlen(entry->object->etag) > LIMIT_ETAG_BYTES || !feed->warehouse->write_entry(&feed->rows, entry))
        return feed_refuse_long(entry->object, error);
    return feed->rows.length < feed->warehouse->batch_bytes || send_batch(feed, error);
}

bool feed_end(Feed *feed, Error *error)
{
    return send_batch(feed, error) &&
           (feed->warehouse->end_feed(feed, error) || error_add_context(error, "sending the listing"));
}
