/* SPDX-License-Identifier: Apache-2.0
 *
 * What s3.c and fetch.c share: an S3's state, and the way from a bucket and key to a signed request under way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/backoff.h"
#include "s3/address.h"
#include "s3/s3.h"
#include "web/credentials.h"
#include "web/http.h"
#include "web/signed_lines.h"
#include "web/sigv4.h"

struct S3 {
    const Config *config;
    Http *http;
    HttpExchange *exchange; /* of listings and small objects */
    S3MeanwhileFunction *meanwhile;
    void *meanwhile_context;
    S3NoticeFunction *notice;
    void *notice_context;
    int64_t list_count;
    int64_t tries; /* of a bucket that does not answer, before or in a listing */
    S3Endpoint endpoint;
    char *region;
    Credentials credentials;
    Buffer host; /* texts of the request that is being made */
    Buffer path;
    Buffer url;
    Buffer query;
    SignedLines lines;
};

typedef struct S3Request {
    const char *method;
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

/* Signs and starts. Fails where credentials have to be found anew and cannot be. */
bool s3_request_start(S3 *s3, HttpExchange *exchange, const S3Request *request, Error *error) MUST_USE;

/* An object of the bucket was denied, and error says so: its own fault, unless listing its folder, which is tried, is
 * denied too: then the error becomes FATAL. */
void s3_judge_denial(S3 *s3, const char *bucket, const char *key, Error *error);
