/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/s3_request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What is signed, by name: host, if-match, range, x-amz-content-sha256, x-amz-date, x-amz-security-token. */
#define SIGNED_MAX 6

/* ETags are opaque, and have 32 to 40 characters in practice. */
#define ETAG_BYTES_MAX 1024

static bool renew_credentials(S3 *s3, int64_t now_s, Error *error)
{
    if (!credentials_are_stale(&s3->credentials, now_s))
        return true;
    return credentials_find(s3->config, &s3->credentials, error);
}

/* Makes host, path (encoded), query and url. */
static bool locate(S3 *s3, const S3Request *request)
{
    buffer_clear(&s3->host);
    buffer_clear(&s3->path);
    buffer_clear(&s3->query);
    buffer_clear(&s3->url);
    if (!s3_endpoint_locate(&s3->endpoint, slice_from_text(request->bucket), slice_from_text(request->key), &s3->host,
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

/* An ETag comes from a listing, and must not end the header that it is put into. */
static bool is_etag(const char *etag)
{
    size_t length = 0;
    for (; etag[length]; length++)
        if (etag[length] <= ' ' || etag[length] > '~' || etag[length] == '"')
            return false;
    return length > 0 && length <= ETAG_BYTES_MAX;
}

/* The lines that are sent; offsets, because the buffer moves while it grows. */
typedef struct Lines {
    Buffer *text;
    size_t starts[SIGNED_MAX];
    size_t name_lengths[SIGNED_MAX];
    size_t count;
} Lines;

static bool add_line(Lines *lines, const char *name, const char *value)
{
    assert(lines->count < SIGNED_MAX);
    lines->starts[lines->count] = lines->text->length;
    lines->name_lengths[lines->count++] = strlen(name);
    return buffer_append_format(lines->text, "%s: %s", name, value) && buffer_append(lines->text, (Slice){"", 1});
}

/* In the order of their names, as they are signed. */
static bool make_lines(S3 *s3, const S3Request *request, const char *hash, const char *time_text, Lines *lines)
{
    char etag[ETAG_BYTES_MAX + 3];
    char range[32];
    buffer_clear(&s3->headers);
    if (!add_line(lines, "host", s3->host.data))
        return false;
    if (request->etag) {
        snprintf(etag, sizeof etag, "\"%s\"", request->etag);
        if (!add_line(lines, "if-match", etag))
            return false;
    }
    if (request->from_byte > 0) {
        snprintf(range, sizeof range, "bytes=%lld-", (long long)request->from_byte);
        if (!add_line(lines, "range", range))
            return false;
    }
    if (!add_line(lines, "x-amz-content-sha256", hash) || !add_line(lines, "x-amz-date", time_text))
        return false;
    return !s3->credentials.session_token || add_line(lines, "x-amz-security-token", s3->credentials.session_token);
}

/* Appends the line of the signature over all the others. */
static bool sign_lines(S3 *s3, const char *method, const char *hash, const char *time_text, const Lines *lines)
{
    Sigv4Pair pairs[SIGNED_MAX];
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = s3->headers.data + lines->starts[i];
        pairs[i].name = (Slice){line, lines->name_lengths[i]};
        pairs[i].value = slice_from_text(line + lines->name_lengths[i] + strlen(": "));
    }
    Sigv4Request request = {
        .method = method,
        .path = buffer_slice(&s3->path),
        .query = buffer_slice(&s3->query),
        .headers = pairs,
        .header_count = lines->count,
        .payload_hash = hash,
    };
    Sigv4Scope scope = {
        .access_key = s3->credentials.access_key,
        .secret = s3->credentials.secret,
        .region = s3->region,
        .service = "s3",
        .time = time_text,
    };
    buffer_clear(&s3->authorization);
    return buffer_append(&s3->authorization, SLICE("Authorization: ")) &&
           sigv4_append_authorization(&s3->authorization, &request, &scope);
}

bool s3_request_start(S3 *s3, HttpExchange *exchange, const S3Request *request, Error *error)
{
    int64_t now_s = (int64_t)time(NULL);
    if (!renew_credentials(s3, now_s, error))
        return false;
    if (request->etag && !is_etag(request->etag))
        return error_set(error, ERROR_REJECT, "its ETag is not one that a request can name: write the object again");

    char time_text[SIGV4_TIME_SIZE], hash[SIGV4_HASH_SIZE];
    sigv4_format_time(now_s, time_text);
    sigv4_hash(request->body, hash);
    Lines lines = {.text = &s3->headers};
    if (!locate(s3, request) || !make_lines(s3, request, hash, time_text, &lines) ||
        !sign_lines(s3, request->method, hash, time_text, &lines))
        return error_set(error, ERROR_REJECT, "the request is too long: shorten the key");

    HttpRequest http_request = {
        .method = request->method,
        .url = s3->url.data,
        .body = request->body,
        .is_fresh = request->is_fresh,
        .on_body = request->on_body,
        .context = request->context,
    };
    /* The first line is the host, which libcurl sends itself. */
    size_t count = 0;
    for (size_t i = 1; i < lines.count; i++)
        http_request.headers[count++] = s3->headers.data + lines.starts[i];
    http_request.headers[count++] = s3->authorization.data;
    /* libcurl would say that it is a form, which some servers then read as one. */
    if (request->body.length > 0)
        http_request.headers[count] = "Content-Type: application/octet-stream";
    http_exchange_start(exchange, &http_request);
    s3->request_count++;
    return true;
}
