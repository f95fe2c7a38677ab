/* SPDX-License-Identifier: Apache-2.0
 *
 * The fetch step of the line: the objects of one task, in order, each pinned to its ETag by If-Match, decompressed, as
 * a stream that the caller pulls. Up to LIMIT_TRANSFERS objects are under way ahead of the one that is read, so that
 * small objects do not wait for the network one by one; memory is bounded by LIMIT_TRANSFER_BYTES each, then the
 * transfer pauses. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "s3/s3.h"

typedef struct FetchObject {
    const char *bucket;
    const char *key;
    const char *etag; /* as s3_list gave it */
    int64_t size;     /* compressed, as listed */
} FetchObject;

typedef struct Fetch Fetch;

/* Starts; objects must outlive it. Uses the S3's connections: one Fetch at a time. */
bool fetch_open(S3 *s3, const FetchObject *objects, size_t object_count, const atomic_bool *interrupt,
                Fetch **out_fetch, Error *error) MUST_USE;

/* Ends all that is under way. */
void fetch_close(Fetch *fetch);
static inline void fetch_auto_close(Fetch **fetch)
{
    fetch_close(*fetch);
}
#define AUTO_FETCH AUTO(Fetch *, fetch_auto_close)

/* Goes on to the next object, whether the one before was read to its end or not. There is one for each of objects. */
void fetch_next(Fetch *fetch);

/* Reads decompressed bytes of the current object (gzip, zstd, bzip2 and lz4 are recognised by content); *out_length 0
 * is its end, and only where the body was whole. A transfer that breaks off is gone on with by a ranged GET with
 * If-Match where that can still succeed; STALE on 404 and 412, REJECT on unreadable compression and 403, RETRY on the
 * rest, INTERRUPTED where *interrupt turned true. */
bool fetch_read(Fetch *fetch, char *bytes, size_t size, size_t *out_length, Error *error) MUST_USE;

/* The bytes of the objects so far, as S3 has them: of those before the current one all, of the current one what has
 * arrived. */
int64_t fetch_count_read(Fetch *fetch);
