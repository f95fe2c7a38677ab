/* SPDX-License-Identifier: Apache-2.0
 *
 * An S3's state, and the way from a bucket and key to a signed request under way: for the modules of this folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/retry.h"
#include "s3/address.h"
#include "s3/refusals.h"
#include "s3/s3.h"
#include "web/credentials.h"
#include "web/http.h"
#include "web/signed_lines.h"
#include "web/sigv4.h"

struct S3 {
    const AwsConfig *config;
    Http *http;
    HttpExchange *exchange; /* of small objects and probes */
    S3MeanwhileFunction *meanwhile;
    void *meanwhile_context;
    RetryNoticeFunction *notice;
    void *notice_context;
    int64_t list_count;
    bool was_parted; /* the listing that succeeded last */
    int64_t tries;   /* of a bucket that does not answer, before a listing or in one */
    Endpoint endpoint;
    char *region;
    Credentials credentials;
    bool is_refused; /* S3 refused these credentials: the next request finds its credentials again */
    bool was_denied; /* S3 denied these credentials everything, and since then no object alone */
    Buffer host;     /* texts of the request that is being made, with the three below */
    Buffer path;
    Buffer url;
    Buffer query;
    SignedLines lines;
};

typedef struct S3Request {
    HttpMethod method;
    const char *bucket;
    const char *key; /* "": the bucket */
    Sigv4Pair query[SIGV4_QUERY_MAX];
    size_t query_count;
    const char *etag;  /* If-Match; NULL: whatever is there */
    int64_t from_byte; /* 0: the whole object */
    Slice body;        /* of a PUT; has to outlive the exchange */
    bool is_fresh;     /* on a new connection */
    HttpBodyFunction *on_body;
    void *context;
} S3Request;

/* Signs and starts the request. Fails if credentials have to be found again and cannot be. */
bool s3_request_start(S3 *s3, HttpExchange *exchange, const S3Request *request, Error *error) MUST_USE;

/* As s3_refusal_report. If S3 refuses who we are, the next request finds its credentials again. Returns false. */
bool s3_request_report_refusal(S3 *s3, const S3Refusal *refusal, int status, S3Subject subject, Error *error);
