/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects on S3: listing them, reading them pinned to a version. An S3 holds one set of connections and belongs to one
 * thread. Failures are turned into kinds here: 404 and 412 are STALE, 403 of one object REJECT, 5xx, 408, 429 and
 * transport errors RETRY, 403 on a listing and unknown buckets FATAL. Messages name bucket and key, never a header. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "config/backoff.h"
#include "config/config.h"

typedef struct S3 S3;

/* Resolves region, endpoint and credentials as the AWS tools do; config must outlive it. FATAL where there are none. */
bool s3_open(const Config *config, S3 **out_s3, Error *error) MUST_USE;
void s3_close(S3 *s3);
static inline void s3_auto_close(S3 **s3)
{
    s3_close(*s3);
}
#define AUTO_S3 AUTO(S3 *, s3_auto_close)

/* How many pages of listings were asked for, those that were asked for again included. */
int64_t s3_list_count(const S3 *s3);

/* What else is to go on while a listing waits for its pages, or to ask for one again: called again and again; false
 * ends the listing with the error that it sets. */
typedef bool S3MeanwhileFunction(void *context, Error *error);
void s3_set_meanwhile(S3 *s3, S3MeanwhileFunction *meanwhile, void *context);

/* Told what a page of a listing failed with that is asked for again, from its second failure on: such waits add up to a
 * minute. */
typedef void S3NoticeFunction(void *context, const Error *error, const BackoffPause *pause);
void s3_set_notice(S3 *s3, S3NoticeFunction *notice, void *context);

/* How often a listing asks for a bucket that does not answer, attempts_max if nobody says: whoever lists others beside
 * it has less patience. */
void s3_set_tries(S3 *s3, int64_t tries);

/* s3://bucket/key-or-prefix taken apart; both slices point into url. */
bool s3_url_parse(const char *url, Slice *out_bucket, Slice *out_key, Error *error) MUST_USE;

/* One entry of a listing; all pointers are valid during the call only. */
typedef struct S3Entry {
    const char *key;      /* decoded, UTF-8 */
    const char *etag;     /* without the quotes around it; opaque */
    const char *modified; /* as S3 writes it: 2018-11-12T09:30:00.000Z */
    int64_t size;         /* -1: none */
    const char *fault;    /* why it cannot be planned: "no ETag"; NULL if it can */
} S3Entry;

typedef bool S3EntryFunction(void *context, const S3Entry *entry, Error *error);

/* Calls each for every object under the prefix whose key is behind start_after ("": for all), in S3's order, page by
 * page while they arrive. A page that fails is asked for again, with backoff, attempts_max times, one that was silent
 * only if the bucket answers; a listing that succeeds is complete. */
bool s3_list(S3 *s3, const char *bucket, const char *prefix, const char *start_after, S3EntryFunction *each,
             void *context, Error *error) MUST_USE;

/* A whole small object, appended to body. REJECT where it is larger than the buffer's maximum. */
bool s3_get(S3 *s3, const char *bucket, const char *key, Buffer *body, Error *error) MUST_USE;

/* Writes a whole small object. *out_date_s (may be NULL) is when, by the server's clock, or ours where it does not say.
 * FATAL where it may not. */
bool s3_put(S3 *s3, const char *bucket, const char *key, Slice body, int64_t *out_date_s, Error *error) MUST_USE;

/* One that is gone already is deleted, too. */
bool s3_delete(S3 *s3, const char *bucket, const char *key, Error *error) MUST_USE;

/* Whether the service answers at all, within connect_timeout_s: a HEAD of the bucket, whatever its status but 5xx; 501
 * is an answer. */
bool s3_probe(S3 *s3, const char *bucket, Error *error) MUST_USE;

/* The same before a listing, as often as s3_set_tries says; notice and meanwhile are called as in a listing's waits. A
 * HEAD finds out about a silent bucket much sooner than a page does. */
bool s3_await(S3 *s3, const char *bucket, Error *error) MUST_USE;

/* Whether a listing of the prefix answers within wait_ms: one key of it is asked for, once. Meanwhile goes on. */
bool s3_probe_listing(S3 *s3, const char *bucket, const char *prefix, int64_t wait_ms, Error *error) MUST_USE;
