/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a range: sift_add() gathers its listed objects in a sorter, since the parts of a listing come in any
 * order. sift_end() goes along the sorted listing and along what the ledger expects in the range (ledger/known.h), both
 * in the order of the keys. The ledger is read without a lock: an object that needs no look at that moment needs none
 * in the plan of this pass. If the two orders ever disagreed, an object would be fed though it need not be, which the
 * plan sees. If all is new, it pays to sort too: the warehouse works less on what comes in order. */
#include "line/sift.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/sorter.h"
#include "ledger/known.h"
#include "warehouse/feed.h"

/* Of sorted objects in memory; a million everyday keys take seven times as much, the rest of it on disk. */
#define CHUNK_BYTES (16 * MIB)

/* Objects that are told to the plan at a time. */
#define ABSENT_MAX 10000

/* How far the ledger's side of the range is. */
typedef struct Expected {
    Known known;
    KnownObject object;
    bool is_listed;
} Expected;

struct Sift {
    Connection *connection;
    Plan *plan;
    Feed *feed;
    const PlanRange *range;
    PartitionPattern *pattern;
    bool keeps_all;
    Expected expected;
    Sorter *sorter;
    Buffer record;
    int64_t absent[ABSENT_MAX];
    size_t absent_count;
    SiftCounts counts;
};

Sift *sift_open(Connection *connection, Plan *plan, const Config *config, S3 *s3)
{
    Sift *sift = memory_alloc_zeroed(1, sizeof *sift);
    sift->connection = connection;
    sift->plan = plan;
    sift->feed = feed_open(connection, config, s3);
    sift->sorter = sorter_open(CHUNK_BYTES);
    buffer_init(&sift->record, SORTER_RECORD_BYTES_MAX);
    return sift;
}

void sift_close(Sift *sift)
{
    if (!sift)
        return;
    known_done(&sift->expected.known);
    sorter_close(sift->sorter);
    feed_close(sift->feed);
    buffer_done(&sift->record);
    free(sift);
}

void sift_begin(Sift *sift, const PlanRange *range, PartitionPattern *pattern, bool keeps_all)
{
    sorter_clear(sift->sorter);
    sift->range = range;
    sift->pattern = pattern;
    sift->keeps_all = keeps_all;
    sift->absent_count = 0;
}

void sift_again(Sift *sift)
{
    sorter_clear(sift->sorter);
}

/* All datasets need the temporary file, so its failure is none of the listed one. */
static bool blame_fleet(Error *error)
{
    error->service = SERVICE_WAREHOUSE;
    return error_add_context(error, "comparing the listing with the ledger");
}

/* The key comes first, and its NUL sorts before all that another key may have in its place. */
static bool write_record(Buffer *record, const ListedObject *object)
{
    buffer_clear(record);
    return buffer_append(record, (Slice){object->key, strlen(object->key) + 1}) &&
           buffer_append(record, (Slice){object->etag, strlen(object->etag) + 1}) &&
           buffer_append(record, (Slice){object->modified, strlen(object->modified) + 1}) &&
           buffer_append(record, (Slice){(const char *)&object->size, sizeof object->size});
}

static ListedObject read_record(const Sift *sift, Slice record)
{
    ListedObject object = {.bucket = sift->range->bucket, .key = record.data};
    object.etag = object.key + strlen(object.key) + 1;
    object.modified = object.etag + strlen(object.etag) + 1;
    memcpy(&object.size, object.modified + strlen(object.modified) + 1, sizeof object.size);
    return object;
}

static bool feed_object(Sift *sift, const ListedObject *object, Error *error)
{
    const FeedEntry entry = {
        .dataset = sift->range->dataset, .partition = partition_of_key(sift->pattern, object->key), .object = object};
    sift->counts.differ++;
    return feed_add(sift->feed, &entry, error);
}

bool sift_add(Sift *sift, const ListedObject *object, Error *error)
{
    if (!write_record(&sift->record, object))
        return feed_refuse_long(object, error);
    return sorter_add(sift->sorter, buffer_slice(&sift->record), error) || blame_fleet(error);
}

static bool send_absent(Sift *sift, Error *error)
{
    size_t count = sift->absent_count;
    sift->absent_count = 0;
    return count == 0 || plan_add_absent(sift->plan, sift->absent, count, error);
}

static bool note_absent(Sift *sift, int64_t object, Error *error)
{
    sift->counts.absent++;
    sift->absent[sift->absent_count++] = object;
    return sift->absent_count < ABSENT_MAX || send_absent(sift, error);
}

/* Goes on to the first object that the ledger expects at the key or after it; to the end if the key is NULL. */
static bool skip_to(Sift *sift, const char *key, bool is_whole, Error *error)
{
    Expected *expected = &sift->expected;
    while (expected->object.key && (!key || strcmp(expected->object.key, key) < 0)) {
        if (!expected->is_listed && is_whole && !note_absent(sift, expected->object.object, error))
            return false;
        expected->is_listed = false;
        if (!known_next(&expected->known, &expected->object, error))
            return false;
    }
    return true;
}

/* The object may be listed more than once: the ledger's side stays where it is. */
static bool compare(Sift *sift, const ListedObject *object, Error *error)
{
    Expected *expected = &sift->expected;
    const KnownObject *known = &expected->object;
    bool is_known = known->key && strcmp(known->key, object->key) == 0;
    expected->is_listed = expected->is_listed || is_known;
    bool needs_look = !is_known || !*known->etag || strcmp(known->etag, object->etag) != 0;
    return (!needs_look && !sift->keeps_all) || feed_object(sift, object, error);
}

static bool merge(Sift *sift, bool is_whole, Error *error)
{
    Expected *expected = &sift->expected;
    known_done(&expected->known);
    *expected = (Expected){0};
    known_begin(&expected->known, sift->connection, sift->range);
    if (!known_next(&expected->known, &expected->object, error))
        return false;
    for (;;) {
        Slice record;
        if (!sorter_next(sift->sorter, &record, error))
            return blame_fleet(error);
        if (!record.data)
            return !is_whole || (skip_to(sift, NULL, is_whole, error) && send_absent(sift, error));
        const ListedObject object = read_record(sift, record);
        if (!skip_to(sift, object.key, is_whole, error) || !compare(sift, &object, error))
            return false;
    }
}

bool sift_end(Sift *sift, bool is_whole, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    bool is_merged = merge(sift, is_whole, error);
    sorter_clear(sift->sorter);
    sift->counts.ms += clock_now_ms() - begun_ms;
    return is_merged;
}

bool sift_finish(Sift *sift, Error *error)
{
    return feed_end(sift->feed, error);
}

SiftCounts sift_counts(const Sift *sift)
{
    return sift->counts;
}
