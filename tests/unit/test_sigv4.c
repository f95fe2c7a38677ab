/* SPDX-License-Identifier: Apache-2.0
 *
 * Each file of vectors/sigv4 is a request, signed with the key of AWS's published examples, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "vectors.h"
#include "web/sigv4.h"

#define PAIRS_MAX 8

typedef struct Vector {
    char *method;
    char *path;
    char *time;
    char *region;
    char *payload_hash;
    char *expect_path;
    char *expect_query;
    char *expect_signature;
    Sigv4Pair query[PAIRS_MAX];
    size_t query_count;
    Sigv4Pair headers[PAIRS_MAX];
    size_t header_count;
} Vector;

/* Cuts text where the separator stands. */
static Sigv4Pair split(char *text, const char *separator)
{
    char *place = strstr(text, separator);
    assert_non_null(place);
    *place = '\0';
    return (Sigv4Pair){slice_from_text(text), slice_from_text(place + strlen(separator))};
}

static void keep_line(Vector *vector, const char *name, char *value)
{
    const struct {
        const char *name;
        char **value;
    } fields[] = {
        {"method", &vector->method},
        {"path", &vector->path},
        {"time", &vector->time},
        {"region", &vector->region},
        {"expect-path", &vector->expect_path},
        {"expect-query", &vector->expect_query},
        {"expect-signature", &vector->expect_signature},
    };
    if (strcmp(name, "query") == 0) {
        vector->query[vector->query_count++] = split(value, "=");
        return;
    }
    if (strcmp(name, "header") == 0) {
        Sigv4Pair header = split(value, ": ");
        vector->headers[vector->header_count++] = header;
        if (slice_equals(header.name, SLICE("x-amz-content-sha256")))
            vector->payload_hash = value + strlen("x-amz-content-sha256: ");
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(name, fields[i].name) == 0) {
            *fields[i].value = value;
            return;
        }
    fail_msg("unknown line %s", name);
}

static void check_vector(const char *path, void *context)
{
    (void)context;
    AUTO_BUFFER text;
    vectors_read(path, &text);
    Vector vector = {.path = "", .expect_query = ""};
    char *rest = NULL;
    for (char *line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '#')
            continue;
        Sigv4Pair pair = split(line, ": ");
        keep_line(&vector, pair.name.data, line + pair.name.length + 2);
    }

    AUTO_BUFFER encoded;
    AUTO_BUFFER query;
    AUTO_BUFFER authorization;
    buffer_init(&encoded, 64 * KIB);
    buffer_init(&query, 64 * KIB);
    buffer_init(&authorization, 64 * KIB);
    assert_true(sigv4_append_path(&encoded, slice_from_text(vector.path)));
    assert_true(sigv4_append_query(&query, vector.query, vector.query_count));
    assert_true(buffer_append(&query, SLICE("")));
    assert_string_equal(encoded.data, vector.expect_path);
    assert_string_equal(query.data, vector.expect_query);

    Sigv4Request request = {vector.method,  buffer_slice(&encoded), buffer_slice(&query),
                            vector.headers, vector.header_count,    vector.payload_hash};
    Sigv4Scope scope = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", vector.region, "s3",
                        vector.time};
    assert_true(sigv4_append_authorization(&authorization, &request, &scope));
    const char *signature = strstr(authorization.data, ",Signature=");
    assert_non_null(signature);
    if (strcmp(signature + strlen(",Signature="), vector.expect_signature) != 0)
        fail_msg("%s: %s", path, authorization.data);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_check("sigv4", "", 20, check_vector, NULL);
}

/* The whole header of AWS's "GET object" example. */
static void test_authorization(void **state)
{
    (void)state;
    const Sigv4Pair headers[] = {
        {SLICE("host"), SLICE("examplebucket.s3.amazonaws.com")},
        {SLICE("range"), SLICE("bytes=0-9")},
        {SLICE("x-amz-content-sha256"), SLICE(SIGV4_EMPTY_HASH)},
        {SLICE("x-amz-date"), SLICE("20130524T000000Z")},
    };
    Sigv4Request request = {"GET", SLICE("/test.txt"), SLICE(""), headers, 4, SIGV4_EMPTY_HASH};
    Sigv4Scope scope = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3",
                        "20130524T000000Z"};
    AUTO_BUFFER found;
    buffer_init(&found, 4 * KIB);
    assert_true(sigv4_append_authorization(&found, &request, &scope));
    assert_string_equal(found.data, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                                    "aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature="
                                    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

static void test_time(void **state)
{
    (void)state;
    char text[SIGV4_TIME_SIZE];
    sigv4_format_time(1369353600, text);
    assert_string_equal(text, "20130524T000000Z");
    sigv4_format_time(1709251199, text);
    assert_string_equal(text, "20240229T235959Z");
}

static void test_hash(void **state)
{
    (void)state;
    char hash[SIGV4_HASH_SIZE];
    sigv4_hash(SLICE(""), hash);
    assert_string_equal(hash, SIGV4_EMPTY_HASH);
    sigv4_hash(SLICE("abc"), hash);
    assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_bound(void **state)
{
    (void)state;
    AUTO_BUFFER small;
    buffer_init(&small, 8);
    assert_false(sigv4_append_path(&small, SLICE("/äääää")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_authorization), cmocka_unit_test(test_time),
        cmocka_unit_test(test_hash),    cmocka_unit_test(test_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
