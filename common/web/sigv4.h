/* SPDX-License-Identifier: Apache-2.0
 *
 * AWS Signature Version 4 as S3 wants it, and as other services do if their path is "/" alone. The path is encoded once
 * and not normalised. Query parameters are encoded, then sorted; one without a value keeps its '='. Pure: the time is
 * an argument. Appending returns false only if a buffer's maximum is reached.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

#define SIGV4_HASH_SIZE 65 /* SHA-256 as hexadecimal text, with its NUL */
#define SIGV4_TIME_SIZE 17 /* 20130524T000000Z, with its NUL */
#define SIGV4_QUERY_MAX 8

/* SHA-256 of no bytes: the payload of every GET and HEAD. */
#define SIGV4_EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

typedef struct Sigv4Pair {
    Slice name;
    Slice value;
} Sigv4Pair;

typedef struct Sigv4Request {
    const char *method;
    Slice path;               /* encoded, from sigv4_append_path */
    Slice query;              /* encoded, from sigv4_append_query */
    const Sigv4Pair *headers; /* names in lower case, sorted by name, values without blanks around them; host is one */
    size_t header_count;
    const char *payload_hash;
} Sigv4Request;

typedef struct Sigv4Scope {
    const char *access_key;
    const char *secret;
    const char *region;
    const char *service;
    const char *time; /* from sigv4_format_time */
} Sigv4Scope;

void sigv4_format_time(int64_t unix_s, char out_time[SIGV4_TIME_SIZE]);
void sigv4_hash(Slice bytes, char out_hash[SIGV4_HASH_SIZE]);

/* The text with all but unreserved characters as %XX: a name or value of a query or form. */
bool sigv4_append_text(Buffer *out, Slice text) MUST_USE;

/* The path with all but unreserved characters and '/' as %XX. */
bool sigv4_append_path(Buffer *out, Slice path) MUST_USE;

/* The parameters, encoded, sorted and joined; at most SIGV4_QUERY_MAX. */
bool sigv4_append_query(Buffer *out, const Sigv4Pair *parameters, size_t count) MUST_USE;

/* The Authorization header's value. */
bool sigv4_append_authorization(Buffer *out, const Sigv4Request *request, const Sigv4Scope *scope) MUST_USE;
