/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects on S3: listing them, reading them pinned to a version. An S3 holds one set of connections and belongs to one
 * thread. Failures are turned into kinds here: 404 and 412 are STALE, 403 of one object REJECT, 5xx, 408, 429 and
 * transport errors RETRY, 403 on a listing DENIED, unknown buckets FATAL. Messages name bucket and key, never a header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/retry.h"
#include "base/slice.h"
#include "config/aws.h"
#include "task/object.h"

typedef struct S3 S3;

/* Finds region, endpoint and credentials as the AWS tools do. config must outlive the S3. DENIED if there are no
 * credentials. */
bool s3_open(const AwsConfig *config, S3 **out_s3, Error *error) MUST_USE;
void s3_close(S3 *s3);
static inline void s3_auto_close(S3 **s3)
{
    s3_close(*s3);
}
#define AUTO_S3 AUTO(S3 *, s3_auto_close)

/* How many pages of listings were requested, counting each repeated request. */
int64_t s3_list_count(const S3 *s3);

/* Work that goes on while a listing waits for a page, or before it asks for one again. It is called again and again;
 * false ends the listing with the error that it sets. */
typedef bool S3MeanwhileFunction(void *context, Error *error);
void s3_set_meanwhile(S3 *s3, S3MeanwhileFunction *meanwhile, void *context);

/* Called when a page of a listing is asked for again, with the error of the try before, from the page's second failure
 * on: from then on the waits may add up to a minute. */
void s3_set_notice(S3 *s3, RetryNoticeFunction *notice, void *context);

/* How often a listing tries a bucket that does not answer; without this call, attempts_max times. A caller that lists
 * other buckets too has less patience. */
void s3_set_tries(S3 *s3, int64_t tries);

/* Takes s3://bucket/key-or-prefix apart; both slices point into url. FATAL if url is no such address. */
bool s3_url_parse(const char *url, Slice *out_bucket, Slice *out_key, Error *error) MUST_USE;

/* An object of a listing; all pointers are valid during the call only. */
typedef bool S3ObjectFunction(void *context, const ListedObject *object, Error *error);

/* What is to be listed, and who is told of it. Borrowed. */
typedef struct S3Listing {
    const char *bucket;
    const char *prefix;
    const char *start_after; /* keys that sort after it; "": all */
    bool is_plain;           /* in S3's order, one page after the other */
    S3ObjectFunction *each;
    void (*again)(void *context); /* all objects will be given, whatever was given before; NULL: nobody asks */
    void *context;                /* of both */
} S3Listing;

/* Calls each for every object of the listing, page by page as they arrive: in any order, unless it is plain. A page
 * that fails is asked for again, with backoff, up to attempts_max times; after a silent try only if the bucket answers
 * a probe. A listing that succeeds is complete. If a server does not list parts of a prefix as S3 does, all is listed
 * again, one page after the other. */
bool s3_list(S3 *s3, const S3Listing *order, Error *error) MUST_USE;

/* Whether the parts of the last listing were listed at the same time. Then it is complete if the server named all
 * folders; who takes much from a key that is absent lists plainly once more. */
bool s3_list_was_parted(const S3 *s3);

/* Appends a whole small object to body. REJECT if it does not fit under the buffer's maximum. */
bool s3_get(S3 *s3, const char *bucket, const char *key, Buffer *body, Error *error) MUST_USE;

/* Writes a whole small object. *out_date_s (may be NULL) is the time of that by the server's clock, or by ours if the
 * server does not tell. DENIED if these credentials may not write it. */
bool s3_put(S3 *s3, const char *bucket, const char *key, Slice body, int64_t *out_date_s, Error *error) MUST_USE;

/* Deletes an object. One that is gone already counts as deleted. */
bool s3_delete(S3 *s3, const char *bucket, const char *key, Error *error) MUST_USE;

/* Whether the service answers a HEAD of the bucket within connect_timeout_s. Any status counts as an answer, except 5xx
 * other than 501. */
bool s3_probe(S3 *s3, const char *bucket, Error *error) MUST_USE;

/* Whether these credentials may list the prefix: DENIED if not. Lists one key, since a HEAD does not tell that. */
bool s3_probe_rights(S3 *s3, const char *bucket, const char *prefix, Error *error) MUST_USE;

/* Probes the bucket before a listing, up to as many times as s3_set_tries allows; notice and meanwhile are called as in
 * a listing. A HEAD that stays silent shows an absent bucket much sooner than a page does. */
bool s3_await(S3 *s3, const char *bucket, Error *error) MUST_USE;

/* Whether a listing of one key of the prefix answers within wait_ms. There is one try; meanwhile is called as in a
 * listing. */
bool s3_probe_listing(S3 *s3, const char *bucket, const char *prefix, int64_t wait_ms, Error *error) MUST_USE;
