/* SPDX-License-Identifier: Apache-2.0 */
#include "web/sigv4.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

/* Generous for our requests: a key is at most 3 · 1,024 bytes encoded, a session token some 2 KiB. */
#define TEXT_BYTES_MAX (64 * KIB)

#define DATE_LENGTH 8

static void format_hex(const unsigned char *bytes, size_t length, char *out_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        out_text[2 * i] = digits[bytes[i] >> 4];
        out_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    out_text[2 * length] = '\0';
}

void sigv4_format_time(int64_t unix_s, char out_time[SIGV4_TIME_SIZE])
{
    time_t seconds = (time_t)unix_s;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(out_time, SIGV4_TIME_SIZE, "%Y%m%dT%H%M%SZ", &parts);
}

void sigv4_hash(Slice bytes, char out_hash[SIGV4_HASH_SIZE])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)bytes.data, bytes.length, hash);
    format_hex(hash, sizeof hash, out_hash);
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

static bool append_encoded(Buffer *out, Slice text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        unsigned char byte = (unsigned char)c;
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        bool is_plain = is_unreserved(c) || (keep_slash && c == '/');
        if (!buffer_append(out, is_plain ? (Slice){&c, 1} : (Slice){escape, sizeof escape}))
            return false;
    }
    return true;
}

bool sigv4_append_text(Buffer *out, Slice text)
{
    return append_encoded(out, text, false);
}

bool sigv4_append_path(Buffer *out, Slice path)
{
    return append_encoded(out, path, true);
}

/* Where an encoded parameter stands in the scratch buffer. */
typedef struct Span {
    size_t start;
    size_t name_length;
    size_t value_length;
} Span;

/* By name, then by value: a whole "name=value" would sort "a-b=" before "a=". */
static int compare_spans(const char *data, const Span *a, const Span *b)
{
    size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
    int order = memcmp(data + a->start, data + b->start, shorter);
    if (order != 0)
        return order;
    if (a->name_length != b->name_length)
        return a->name_length < b->name_length ? -1 : 1;
    const char *a_value = data + a->start + a->name_length + 1;
    const char *b_value = data + b->start + b->name_length + 1;
    shorter = a->value_length < b->value_length ? a->value_length : b->value_length;
    order = memcmp(a_value, b_value, shorter);
    return order != 0 ? order : (a->value_length > b->value_length) - (a->value_length < b->value_length);
}

static bool encode_parameter(Buffer *scratch, const Sigv4Pair *parameter, Span *out_span)
{
    out_span->start = scratch->length;
    if (!append_encoded(scratch, parameter->name, false))
        return false;
    out_span->name_length = scratch->length - out_span->start;
    if (!buffer_append(scratch, SLICE("=")) || !append_encoded(scratch, parameter->value, false))
        return false;
    out_span->value_length = scratch->length - out_span->start - out_span->name_length - 1;
    return true;
}

bool sigv4_append_query(Buffer *out, const Sigv4Pair *parameters, size_t count)
{
    assert(count <= SIGV4_QUERY_MAX);
    AUTO_BUFFER scratch;
    buffer_init(&scratch, TEXT_BYTES_MAX);
    Span sorted[SIGV4_QUERY_MAX];
    for (size_t i = 0; i < count; i++) {
        Span span;
        if (!encode_parameter(&scratch, &parameters[i], &span))
            return false;
        size_t place = i;
        for (; place > 0 && compare_spans(scratch.data, &span, &sorted[place - 1]) < 0; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = span;
    }
    for (size_t i = 0; i < count; i++) {
        Slice text = {scratch.data + sorted[i].start, sorted[i].name_length + 1 + sorted[i].value_length};
        if ((i > 0 && !buffer_append(out, SLICE("&"))) || !buffer_append(out, text))
            return false;
    }
    return true;
}

static bool append_signed_headers(Buffer *out, const Sigv4Request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if ((i > 0 && !buffer_append(out, SLICE(";"))) || !buffer_append(out, request->headers[i].name))
            return false;
    return true;
}

static bool append_canonical_request(Buffer *out, const Sigv4Request *request)
{
    if (!buffer_append_format(out, "%s\n%.*s\n%.*s\n", request->method, SLICE_ARGUMENTS(request->path),
                              SLICE_ARGUMENTS(request->query)))
        return false;
    for (size_t i = 0; i < request->header_count; i++) {
        const Sigv4Pair *header = &request->headers[i];
        if (!buffer_append(out, header->name) || !buffer_append(out, SLICE(":")) ||
            !buffer_append(out, header->value) || !buffer_append(out, SLICE("\n")))
            return false;
    }
    return buffer_append(out, SLICE("\n")) && append_signed_headers(out, request) &&
           buffer_append_format(out, "\n%s", request->payload_hash);
}

static bool append_string_to_sign(Buffer *out, const Sigv4Scope *scope, Slice canonical_request)
{
    char hash[SIGV4_HASH_SIZE];
    sigv4_hash(canonical_request, hash);
    return buffer_append_format(out, "AWS4-HMAC-SHA256\n%s\n%.*s/%s/%s/aws4_request\n%s", scope->time, DATE_LENGTH,
                                scope->time, scope->region, scope->service, hash);
}

static void sign(const unsigned char *key, size_t key_length, Slice text, unsigned char out_mac[SHA256_DIGEST_LENGTH])
{
    unsigned int length = 0;
    if (!HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text.data, text.length, out_mac, &length))
        error_abort("OpenSSL cannot compute HMAC-SHA256");
    assert(length == SHA256_DIGEST_LENGTH);
}

/* Each step's key is the mac of the step before; the first is "AWS4" and the secret. */
static void compute_signature(const Sigv4Scope *scope, Slice string_to_sign, char out_signature[SIGV4_HASH_SIZE])
{
    unsigned char mac[SHA256_DIGEST_LENGTH];
    char *first = memory_format("AWS4%s", scope->secret);
    size_t first_length = strlen(first);

    sign((const unsigned char *)first, first_length, (Slice){scope->time, DATE_LENGTH}, mac);
    sign(mac, sizeof mac, slice_from_text(scope->region), mac);
    sign(mac, sizeof mac, slice_from_text(scope->service), mac);
    sign(mac, sizeof mac, SLICE("aws4_request"), mac);
    sign(mac, sizeof mac, string_to_sign, mac);
    format_hex(mac, sizeof mac, out_signature);
    explicit_bzero(first, first_length);
    free(first);
    explicit_bzero(mac, sizeof mac);
}

bool sigv4_append_authorization(Buffer *out, const Sigv4Request *request, const Sigv4Scope *scope)
{
    AUTO_BUFFER canonical;
    buffer_init(&canonical, TEXT_BYTES_MAX);
    AUTO_BUFFER string_to_sign;
    buffer_init(&string_to_sign, TEXT_BYTES_MAX);
    if (!append_canonical_request(&canonical, request) ||
        !append_string_to_sign(&string_to_sign, scope, buffer_slice(&canonical)))
        return false;

    char signature[SIGV4_HASH_SIZE];
    compute_signature(scope, buffer_slice(&string_to_sign), signature);
    return buffer_append_format(out, "AWS4-HMAC-SHA256 Credential=%s/%.*s/%s/%s/aws4_request,SignedHeaders=",
                                scope->access_key, DATE_LENGTH, scope->time, scope->region, scope->service) &&
           append_signed_headers(out, request) && buffer_append_format(out, ",Signature=%s", signature);
}
