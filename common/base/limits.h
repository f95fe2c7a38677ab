/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounds that several modules share, each with its reason; relations between bounds are asserted. */
#pragma once

#include <assert.h>
#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* One row of JSON, as in Redshift's COPY ("JSON objects cannot exceed 4 MB"); a longer one is rejected. */
#define LIMIT_DOCUMENT_BYTES (4 * MIB)

/* Bytes in which an object has no row and no bad row: white space, NULs, one string without an end. Sixteen times the
 * longest row; the slowest format unpacks so many in less than a second. */
#define LIMIT_ROWLESS_BYTES (64 * MIB)

/* Bytes that any object may unpack to, however few its own are: a day's log of one repeated row. Beyond them
 * UNPACK_RATIO_MAX counts. */
#define LIMIT_UNPACKED_BYTES (256 * MIB)

/* Compressed bytes in a row that unpack to nothing, as empty gzip members and skippable frames: a few are ordinary, and
 * a block of any format is shorter. */
#define LIMIT_EMPTY_BYTES (4 * MIB)

/* Raw text that a reject keeps. */
#define LIMIT_REJECT_RAW_BYTES (4 * KIB)

/* Rejects kept of one object: enough to see what is wrong with it; all are counted. */
#define LIMIT_REJECTS_KEPT 100

/* Memory for the rejects that are kept of one load, of all its objects together: with eight executors it is 128 MiB.
 * Once half of it is used, raw text is cut at LIMIT_REJECT_RAW_SHORT_BYTES. */
#define LIMIT_REJECTS_BYTES (16 * MIB)
#define LIMIT_REJECT_RAW_SHORT_BYTES ((size_t)256)

/* Times that an object may be stale with one ETag: a listing that never agrees with what is read would make a run of
 * every pass. */
#define LIMIT_RELEASES 5

/* S3's limit for a key, in bytes of UTF-8. */
#define LIMIT_KEY_BYTES 1024

/* S3's ETags are 32 to 70 characters; other servers' are opaque. */
#define LIMIT_ETAG_BYTES 512

/* S3's largest object is 10,000 parts of 5 GiB, 48.8 TiB:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. A listing that says more is wrong, and a task of
 * 100,000 such objects still has its bytes in 63 bits. */
#define LIMIT_OBJECT_BYTES (1LL << 46)

/* A jsonpaths file: 1,600 columns (PostgreSQL's limit) of a long path each. */
#define LIMIT_JSONPATHS_BYTES (1 * MIB)

/* A column's name: NAMEDATALEN - 1 in PostgreSQL, 127 in Redshift. */
#define LIMIT_IDENTIFIER_BYTES 127

/* Transfers that one executor has under way: so many hide S3's latency of some 30 ms for small objects, within S3's
 * 5,500 GET/s a prefix. */
#define LIMIT_TRANSFERS 16

/* Pages of one listing that are asked for at the same time. At 0.05 s a page they are 1,280 requests a second, and S3
 * takes 5,500 for a prefix. */
#define LIMIT_LIST_CONNECTIONS 64

/* What the pages of one listing may hold in memory while several are asked for at the same time. If they hold more,
 * they are asked for one after the other. A page of 1,000 everyday keys takes 1 MiB. */
#define LIMIT_LISTING_BYTES (128 * MIB)

/* Body bytes that one transfer holds before it is paused; with LIMIT_TRANSFERS, what an executor uses for reading
 * ahead. */
#define LIMIT_TRANSFER_BYTES (512 * KIB)

/* Bytes a second: a transfer that brings less for stall_s has stalled, however it drips. A day's file of 60 MB at this
 * rate would take its worker 17 hours. */
#define LIMIT_TRANSFER_RATE 1024L

/* Pages in a row of a listing that have no object and yet a continuation token: S3 may skip deleted objects in this
 * way, but not for ever. */
#define LIMIT_EMPTY_PAGES 1000

/* COPY data gathered before it is handed to libpq: large enough that the call costs nothing, small enough for the
 * cache. */
#define LIMIT_COPY_CHUNK_BYTES (256 * KIB)

/* A binary COPY row: every column's text is at most the document's, numbers and lengths add less than as much again. */
#define LIMIT_ROW_BYTES (2 * LIMIT_DOCUMENT_BYTES + MIB)

/* A Kafka message of ours is below 1 KiB; what is longer is not ours. */
#define LIMIT_MESSAGE_BYTES (16 * KIB)

/* A dead letter quotes key, partition, ETag and reason; JSON writes a control character as six bytes. */
#define LIMIT_DEAD_LETTER_BYTES (64 * KIB)

/* The longest wait between two probes of a service that is away, so that loading goes on this soon after the service is
 * back. With full jitter the wait is half of it on average, and a probe every two or three seconds is no burden. */
#define LIMIT_OUTAGE_WAIT_MS 5000

/* A Kafka that takes no dead letter within this time is away. */
#define LIMIT_DEAD_LETTER_MS 5000

/* After so many crashes a task of several objects is split into a task for each. The first crash may have been that of
 * another task in the same process; at the second the task was alone in its process. */
#define LIMIT_CRASHES_TOGETHER 2

/* songplay_id = object number · 10^10 + ordinal: the ledger's CHECK keeps object numbers below 922,337,203, this keeps
 * ordinals below 10^10. Not 2^32: PostgreSQL hashes a bigint by the XOR of its halves, and a million ids had 3,584
 * hashes. */
#define LIMIT_OBJECT_ROWS 10000000000LL

static_assert(LIMIT_DEAD_LETTER_BYTES >
                  6 * (3 * LIMIT_KEY_BYTES + 1024 + LIMIT_ETAG_BYTES + 4 * LIMIT_IDENTIFIER_BYTES),
              "a dead letter of the oddest object fits");
static_assert(LIMIT_ROWLESS_BYTES < LIMIT_UNPACKED_BYTES, "what has no row is said to have none");
static_assert(LIMIT_ROW_BYTES > LIMIT_DOCUMENT_BYTES, "a row holds its document");
static_assert(LIMIT_REJECT_RAW_BYTES < LIMIT_DOCUMENT_BYTES, "raw text is cut from a document");
