/* SPDX-License-Identifier: Apache-2.0
 *
 * Each vectors/listing/NAME.xml is parsed whole and byte by byte, and has to come out as NAME.expect says: a line for
 * each entry (key|etag|modified|size, and |fault if it has one), then "last" or "token TOKEN"; or "error WORDS", words
 * that the message of a RETRY has, or "fatal WORDS", and "refusal CODE|MESSAGE". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "s3/listing_page.h"
#include "vectors.h"

static void feed(ListingPage *listing, Slice bytes, size_t step)
{
    for (size_t i = 0; i < bytes.length; i += step) {
        size_t length = bytes.length - i < step ? bytes.length - i : step;
        if (!listing_page_feed(listing, (Slice){bytes.data + i, length}))
            return;
    }
}

static void check_words(const Error *error, const char *words, const char *path)
{
    if (!strstr(error->message, words))
        fail_msg("%s: '%s' does not say '%s'", path, error->message, words);
}

static void check_failure(const ListingPage *listing, const Error *error, const char *expected, const char *path)
{
    AUTO_FREE char *copy = memory_copy_text(expected);
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "error ", 6) == 0 || strncmp(line, "fatal ", 6) == 0)
            check_words(error, line + 6, path);
        if (strncmp(line, "refusal ", 8) == 0) {
            assert_non_null(listing_page_refusal(listing));
            AUTO_FREE char *refusal =
                memory_format("%s|%s", listing_page_refusal(listing)->code, listing_page_refusal(listing)->message);
            assert_string_equal(refusal, line + 8);
        }
    }
    bool is_fatal = strncmp(expected, "fatal ", 6) == 0;
    assert_int_equal(error->kind, is_fatal ? ERROR_FATAL : ERROR_RETRY);
    assert_true(is_fatal || strncmp(expected, "error ", 6) == 0);
}

static void check_page(const ListingPage *listing, const char *expected, const char *path)
{
    AUTO_BUFFER found;
    buffer_init(&found, MIB);
    for (size_t i = 0; i < listing_page_count(listing); i++) {
        ListedObject entry = listing_page_object(listing, i);
        assert_true(buffer_append_format(&found, "entry %s|%s|%s|%lld%s%s\n", entry.key, entry.etag, entry.modified,
                                         (long long)entry.size, entry.fault ? "|" : "",
                                         entry.fault ? entry.fault : ""));
    }
    const char *token = listing_page_next_token(listing);
    assert_true(token ? buffer_append_format(&found, "token %s\n", token) : buffer_append_text(&found, "last\n"));
    if (strcmp(found.data, expected) != 0)
        fail_msg("%s: expected\n%sgot\n%s", path, expected, found.data);
}

static void check_parse(ListingPage *listing, const char *xml_path, size_t step)
{
    AUTO_BUFFER xml;
    AUTO_BUFFER expected;
    vectors_read(xml_path, &xml);
    vectors_read_beside(xml_path, ".expect", &expected);

    Error error = {0};
    listing_page_begin(listing);
    feed(listing, buffer_slice(&xml), step);
    if (listing_page_end(listing, &error))
        check_page(listing, expected.data, xml_path);
    else
        check_failure(listing, &error, expected.data, xml_path);
}

static void check_vector(const char *path, void *listing)
{
    check_parse(listing, path, 1);
    check_parse(listing, path, SIZE_MAX / 2);
}

static void test_vectors(void **state)
{
    (void)state;
    AUTO_LISTING_PAGE listing = listing_page_open();
    vectors_check("listing", ".xml", 32, check_vector, listing);
}

static void test_endless_page(void **state)
{
    (void)state;
    AUTO_LISTING_PAGE listing = listing_page_open();
    static const char start[] = "<ListBucketResult>";
    static const char entry[] = "<Contents><Key>a</Key><LastModified>m</LastModified><ETag>e</ETag><Size>1</Size>"
                                "</Contents>";
    assert_true(listing_page_feed(listing, SLICE(start)));
    size_t count = 0;
    while (listing_page_feed(listing, SLICE(entry)) && count < 1000000)
        count++;
    assert_int_equal(count, 10000);
    Error error;
    assert_false(listing_page_end(listing, &error));
    assert_non_null(strstr(error.message, "too many entries"));
}

static void test_endless_tag(void **state)
{
    (void)state;
    AUTO_LISTING_PAGE listing = listing_page_open();
    static const char start[] = "<ListBucketResult ";
    static char letters[4096];
    memset(letters, 'x', sizeof letters);
    assert_true(listing_page_feed(listing, SLICE(start)));
    size_t count = 0;
    while (listing_page_feed(listing, (Slice){letters, sizeof letters}) && count < 100000)
        count++;
    assert_true(count < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_endless_page),
        cmocka_unit_test(test_endless_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
