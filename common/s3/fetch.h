/* SPDX-License-Identifier: Apache-2.0
 *
 * The fetch step of the line: the objects of one task, in order, each pinned to its ETag by If-Match, decompressed, as
 * a stream that the caller pulls. Up to LIMIT_TRANSFERS objects are under way at a time, so that small objects do not
 * wait for the network one by one. A transfer pauses when it holds LIMIT_TRANSFER_BYTES that were not read yet. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "s3/s3.h"
#include "task/object.h"

typedef struct Fetch Fetch;

/* Starts the first transfers. objects must outlive the Fetch. It uses the S3's connections: one Fetch at a time. Once
 * *interrupt is true, reading fails. */
Fetch *fetch_open(S3 *s3, const TaskVersion *objects, size_t object_count, const atomic_bool *interrupt);

/* Ends all that is under way. */
void fetch_close(Fetch *fetch);
static inline void fetch_auto_close(Fetch **fetch)
{
    fetch_close(*fetch);
}
#define AUTO_FETCH AUTO(Fetch *, fetch_auto_close)

/* Goes on to the next object, also if the one before was not read to its end. Call it before each object, the first
 * one too. */
void fetch_next(Fetch *fetch);

/* Reads decompressed bytes of the current object (decompress.h). *out_length 0 is its end, which comes only if the body
 * was whole. A broken transfer is continued by a GET of the missing range with If-Match, up to TRIES_MAX times
 * (fetch.c) without progress. STALE on 404 and 412, REJECT on unreadable compression and 403, RETRY on the rest,
 * INTERRUPTED once *interrupt is true. */
bool fetch_read(Fetch *fetch, char *bytes, size_t size, size_t *out_length, Error *error) MUST_USE;

/* The compressed bytes so far: all of the objects before the current one, and those that have arrived of it. */
int64_t fetch_count_read(Fetch *fetch);
