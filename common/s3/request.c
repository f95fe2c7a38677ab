/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/secrets.h"

/* ETags are opaque, and have 32 to 40 characters in practice. */
#define ETAG_BYTES_MAX 1024

static bool renew_credentials(S3 *s3, int64_t now_s, Error *error)
{
    if (!s3->is_refused && !credentials_are_stale(&s3->credentials, now_s))
        return true;
    if (s3->is_refused)
        secrets_note_refused(s3->config->secrets);
    if (credentials_find(s3->config, &s3->credentials, error))
        s3->is_refused = false;
    else if (!s3->is_refused || credentials_are_stale(&s3->credentials, now_s))
        return false; /* if not stale, one bucket has refused them, and others may not */
    return true;
}

bool s3_request_report_refusal(S3 *s3, const S3Refusal *refusal, int status, S3Subject subject, Error *error)
{
    s3_refusal_report(refusal, status, subject, error);
    s3->is_refused = s3->is_refused || error->kind == ERROR_DENIED;
    s3->was_denied = s3->was_denied || error->kind == ERROR_DENIED;
    return false;
}

/* Makes host, path (encoded), query and url. */
static bool locate(S3 *s3, const S3Request *request)
{
    buffer_clear(&s3->host);
    buffer_clear(&s3->path);
    buffer_clear(&s3->query);
    buffer_clear(&s3->url);
    if (!s3_address_locate(&s3->endpoint, slice_from_text(request->bucket), slice_from_text(request->key), &s3->host,
                           &s3->path) ||
        !buffer_append_format(&s3->url, "%s://%s", s3->endpoint.is_tls ? "https" : "http", s3->host.data))
        return false;

    size_t path_start = s3->url.length;
    if (!sigv4_append_path(&s3->url, buffer_slice(&s3->path)))
        return false;
    buffer_clear(&s3->path);
    if (!buffer_append_text(&s3->path, s3->url.data + path_start) ||
        !sigv4_append_query(&s3->query, request->query, request->query_count))
        return false;
    return s3->query.length == 0 || buffer_append_format(&s3->url, "?%s", s3->query.data);
}

/* An ETag comes from a listing. A line break or quote in it would end the header that it is put into. */
static bool is_etag(const char *etag)
{
    size_t length = 0;
    for (; etag[length]; length++)
        if (etag[length] <= ' ' || etag[length] > '~' || etag[length] == '"')
            return false;
    return length > 0 && length <= ETAG_BYTES_MAX;
}

/* In the order of their names, as they are signed. */
static bool make_lines(S3 *s3, const S3Request *request, const char *hash, const char *time_text)
{
    char etag[ETAG_BYTES_MAX + 3];
    char range[32];
    SignedLines *lines = &s3->lines;
    signed_lines_clear(lines);
    if (!signed_lines_add(lines, "host", s3->host.data))
        return false;
    if (request->etag) {
        snprintf(etag, sizeof etag, "\"%s\"", request->etag);
        if (!signed_lines_add(lines, "if-match", etag))
            return false;
    }
    if (request->from_byte > 0) {
        snprintf(range, sizeof range, "bytes=%lld-", (long long)request->from_byte);
        if (!signed_lines_add(lines, "range", range))
            return false;
    }
    if (!signed_lines_add(lines, "x-amz-content-sha256", hash) || !signed_lines_add(lines, "x-amz-date", time_text))
        return false;
    return !s3->credentials.session_token ||
           signed_lines_add(lines, "x-amz-security-token", s3->credentials.session_token);
}

static bool sign_lines(S3 *s3, HttpMethod method, const char *hash, const char *time_text)
{
    Sigv4Request request = {
        .method = http_method_name(method),
        .path = buffer_slice(&s3->path),
        .query = buffer_slice(&s3->query),
        .payload_hash = hash,
    };
    Sigv4Scope scope = {
        .access_key = s3->credentials.access_key,
        .secret = s3->credentials.secret,
        .region = s3->region,
        .service = "s3",
        .time = time_text,
    };
    return signed_lines_sign(&s3->lines, &request, &scope);
}

bool s3_request_start(S3 *s3, HttpExchange *exchange, const S3Request *request, Error *error)
{
    assert(request->on_body);
    assert(request->from_byte >= 0);
    int64_t now_s = (int64_t)time(NULL);
    if (!renew_credentials(s3, now_s, error))
        return false;
    if (request->etag && !is_etag(request->etag))
        return error_set(error, ERROR_REJECT, "its ETag is not one that a request can name: write the object again");

    char time_text[SIGV4_TIME_SIZE], hash[SIGV4_HASH_SIZE];
    sigv4_format_time(now_s, time_text);
    sigv4_hash(request->body, hash);
    if (!locate(s3, request) || !make_lines(s3, request, hash, time_text) ||
        !sign_lines(s3, request->method, hash, time_text))
        return error_set(error, ERROR_REJECT, "the request is too long: shorten the key");

    HttpRequest http_request = {
        .method = request->method,
        .url = s3->url.data,
        .body = request->body,
        .is_fresh = request->is_fresh,
        .on_body = request->on_body,
        .context = request->context,
    };
    size_t count = signed_lines_pass(&s3->lines, &http_request);
    /* By default libcurl calls the body a form, and some servers would read it as one. */
    if (request->body.length > 0)
        http_request.headers[count] = "Content-Type: application/octet-stream";
    http_exchange_start(exchange, &http_request);
    s3->list_count += request->query_count > 0; /* nothing else has a query */
    return true;
}
