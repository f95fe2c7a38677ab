/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what a request names, in lines: "path: …", "query: NAME=VALUE", "header: NAME: VALUE", "region: …",
 * "secret: …". Path and query hold nothing but what a canonical request may and read back as what was given; the order
 * of the query does not matter; the signature is the one that the definition, written down here plainly, gives. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "fuzz.h"
#include "web/sigv4.h"

#define HEADERS_MAX 8
#define HASH_BYTES 32
#define BLOCK_BYTES 64
#define TEXT_BYTES_MAX (64 * KIB)

typedef struct Input {
    Slice path;
    Slice region;
    Slice secret;
    Sigv4Pair query[SIGV4_QUERY_MAX];
    size_t query_count;
    Sigv4Pair headers[HEADERS_MAX];
    size_t header_count;
} Input;

static Slice drop(Slice text, size_t length)
{
    return (Slice){text.data + length, text.length - length};
}

static Sigv4Pair split(Slice text, char separator)
{
    const char *place = text.length > 0 ? memchr(text.data, separator, text.length) : NULL;
    size_t length = place ? (size_t)(place - text.data) : text.length;
    return (Sigv4Pair){{text.data, length}, drop(text, place ? length + 1 : length)};
}

static void read_input(Slice rest, Input *input)
{
    *input = (Input){.path = SLICE("/"), .region = SLICE("us-east-1"), .secret = SLICE("secret")};
    while (rest.length > 0) {
        Slice line = fuzz_take_line(&rest);
        if (slice_starts_with(line, SLICE("path: ")))
            input->path = drop(line, 6);
        else if (slice_starts_with(line, SLICE("region: ")))
            input->region = drop(line, 8);
        else if (slice_starts_with(line, SLICE("secret: ")))
            input->secret = drop(line, 8);
        else if (slice_starts_with(line, SLICE("query: ")) && input->query_count < SIGV4_QUERY_MAX)
            input->query[input->query_count++] = split(drop(line, 7), '=');
        else if (slice_starts_with(line, SLICE("header: ")) && input->header_count < HEADERS_MAX)
            input->headers[input->header_count++] = split(drop(line, 8), ':');
    }
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *place = c ? strchr(digits, c) : NULL;
    assert(place);
    return (int)(place - digits);
}

/* Takes a byte off encoded text; kept says which characters but the unreserved ones may stand for themselves. */
static char decode_byte(Slice *text, const char *kept)
{
    assert(text->length > 0);
    char c = text->data[0];
    if (c == '%') {
        assert(text->length >= 3);
        c = (char)(hex_value(text->data[1]) * 16 + hex_value(text->data[2]));
        assert(!isalnum((unsigned char)c) && (!c || !strchr("-._~", c)));
        *text = drop(*text, 3);
        return c;
    }
    assert(c && (isalnum((unsigned char)c) || strchr("-._~", c) || strchr(kept, c)));
    *text = drop(*text, 1);
    return c;
}

static void check_text(Slice encoded, Slice text, const char *kept)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = decode_byte(&encoded, kept);
        assert(c == text.data[i]);
    }
    assert(encoded.length == 0);
}

/* All parameters are there, and none twice: those found are taken out of a copy. */
static void check_query(Slice encoded, const Input *input)
{
    Sigv4Pair left[SIGV4_QUERY_MAX];
    size_t count = input->query_count;
    memcpy(left, input->query, sizeof left);
    while (encoded.length > 0) {
        Sigv4Pair ampersand = split(encoded, '&');
        Sigv4Pair pair = split(ampersand.name, '=');
        AUTO_BUFFER name = {0};
        buffer_init(&name, TEXT_BYTES_MAX);
        for (Slice rest = pair.name; rest.length > 0;)
            fuzz_append(&name, (Slice){(char[]){decode_byte(&rest, "")}, 1});
        AUTO_BUFFER value = {0};
        buffer_init(&value, TEXT_BYTES_MAX);
        for (Slice rest = pair.value; rest.length > 0;)
            fuzz_append(&value, (Slice){(char[]){decode_byte(&rest, "")}, 1});
        size_t i = 0;
        while (i < count &&
               !(slice_equals(left[i].name, buffer_slice(&name)) && slice_equals(left[i].value, buffer_slice(&value))))
            i++;
        assert(i < count);
        left[i] = left[--count];
        encoded = ampersand.value;
    }
    assert(count == 0);
}

static void check_order(Slice encoded, const Input *input)
{
    Sigv4Pair turned[SIGV4_QUERY_MAX];
    for (size_t i = 0; i < input->query_count; i++)
        turned[i] = input->query[input->query_count - 1 - i];
    AUTO_BUFFER query = {0};
    buffer_init(&query, TEXT_BYTES_MAX);
    bool fits = sigv4_append_query(&query, turned, input->query_count);
    assert(fits && slice_equals(encoded, buffer_slice(&query)));
}

static void hash(Slice bytes, unsigned char out_hash[HASH_BYTES])
{
    char text[SIGV4_HASH_SIZE];
    sigv4_hash(bytes, text);
    for (size_t i = 0; i < HASH_BYTES; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        out_hash[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
}

/* HMAC as RFC 2104 has it; the key may be where the mac goes. */
static void mac(Slice key, Slice text, unsigned char out_mac[HASH_BYTES])
{
    unsigned char block[BLOCK_BYTES] = {0};
    if (key.length > BLOCK_BYTES)
        hash(key, block);
    else
        memcpy(block, key.data, key.length);
    for (int i = 0; i < 2; i++) {
        char start[BLOCK_BYTES];
        for (size_t j = 0; j < BLOCK_BYTES; j++)
            start[j] = (char)(block[j] ^ (i == 0 ? 0x36 : 0x5c));
        AUTO_BUFFER padded = {0};
        buffer_init(&padded, TEXT_BYTES_MAX + BLOCK_BYTES);
        fuzz_append(&padded, (Slice){start, sizeof start});
        fuzz_append(&padded, i == 0 ? text : (Slice){(const char *)out_mac, HASH_BYTES});
        hash(buffer_slice(&padded), out_mac);
    }
}

static void append_pairs(Buffer *out, const Sigv4Request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        fuzz_append(out, request->headers[i].name);
        fuzz_append(out, SLICE(":"));
        fuzz_append(out, request->headers[i].value);
        fuzz_append(out, SLICE("\n"));
    }
    fuzz_append(out, SLICE("\n"));
    for (size_t i = 0; i < request->header_count; i++) {
        fuzz_append(out, i > 0 ? SLICE(";") : SLICE(""));
        fuzz_append(out, request->headers[i].name);
    }
}

/* The signature, by the definition. */
static void sign(const Sigv4Request *request, const Sigv4Scope *scope, unsigned char out_mac[HASH_BYTES])
{
    AUTO_BUFFER text = {0};
    buffer_init(&text, TEXT_BYTES_MAX);
    fuzz_append(&text, SLICE("GET\n"));
    fuzz_append(&text, request->path);
    fuzz_append(&text, SLICE("\n"));
    fuzz_append(&text, request->query);
    fuzz_append(&text, SLICE("\n"));
    append_pairs(&text, request);
    fuzz_append(&text, SLICE("\n" SIGV4_EMPTY_HASH));
    char canonical[SIGV4_HASH_SIZE];
    sigv4_hash(buffer_slice(&text), canonical);
    buffer_clear(&text);
    if (!buffer_append_format(&text, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/s3/aws4_request\n%s", scope->time, scope->time,
                              scope->region, canonical))
        assert(false);
    Slice key = {(const char *)out_mac, HASH_BYTES};
    AUTO_BUFFER first = {0};
    buffer_init(&first, TEXT_BYTES_MAX);
    if (!buffer_append_format(&first, "AWS4%s", scope->secret))
        assert(false);
    mac(buffer_slice(&first), (Slice){scope->time, 8}, out_mac);
    mac(key, slice_from_text(scope->region), out_mac);
    mac(key, SLICE("s3"), out_mac);
    mac(key, SLICE("aws4_request"), out_mac);
    mac(key, buffer_slice(&text), out_mac);
}

static void check_signature(const Sigv4Request *request, const Input *input, int64_t time_s)
{
    char time_text[SIGV4_TIME_SIZE];
    sigv4_format_time(time_s, time_text);
    assert(strlen(time_text) == SIGV4_TIME_SIZE - 1);
    AUTO_FREE char *region = memory_copy_slice(input->region);
    AUTO_FREE char *secret = memory_copy_slice(input->secret);
    Sigv4Scope scope = {"AKIAIOSFODNN7EXAMPLE", secret, region, "s3", time_text};
    AUTO_BUFFER authorization = {0};
    buffer_init(&authorization, TEXT_BYTES_MAX);
    bool fits = sigv4_append_authorization(&authorization, request, &scope);
    assert(fits && authorization.length > SIGV4_HASH_SIZE);
    unsigned char expected[HASH_BYTES];
    sign(request, &scope, expected);
    const char *signature = authorization.data + authorization.length - (SIGV4_HASH_SIZE - 1);
    for (size_t i = 0; i < HASH_BYTES; i++) {
        char pair[3] = {signature[2 * i], signature[2 * i + 1], '\0'};
        assert(strtoul(pair, NULL, 16) == expected[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_BYTES_MAX / 8)
        return 0;
    Input input;
    read_input((Slice){(const char *)data, size}, &input);
    AUTO_BUFFER path = {0};
    AUTO_BUFFER query = {0};
    buffer_init(&path, TEXT_BYTES_MAX);
    buffer_init(&query, TEXT_BYTES_MAX);
    bool fits = sigv4_append_path(&path, input.path) && sigv4_append_query(&query, input.query, input.query_count);
    assert(fits);
    check_text(buffer_slice(&path), input.path, "/");
    check_query(buffer_slice(&query), &input);
    check_order(buffer_slice(&query), &input);

    Sigv4Request request = {
        .method = "GET",
        .path = buffer_slice(&path),
        .query = buffer_slice(&query),
        .headers = input.headers,
        .header_count = input.header_count,
        .payload_hash = SIGV4_EMPTY_HASH,
    };
    /* Up to the year 2106. */
    check_signature(&request, &input, fuzz_seed((Slice){(const char *)data, size}));
    return 0;
}
