/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a range of keys is parted: all borders that a page suggests, one after the other, and what they may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "s3/parting.h"

/* A page of the keys that count's printf format makes of 100, 107, 114 … */
static ListingPage *make_page(const char *format, int count)
{
    AUTO_BUFFER text;
    buffer_init(&text, MIB);
    ListingPage *page = listing_page_open();
    Error error;
    assert_true(buffer_append_text(&text, "<ListBucketResult><IsTruncated>false</IsTruncated>"));
    for (int i = 0; i < count; i++) {
        assert_true(buffer_append_text(&text, "<Contents><Key>"));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        assert_true(buffer_append_format(&text, format, 100 + 7 * i));
#pragma GCC diagnostic pop
        assert_true(buffer_append_text(&text, "</Key></Contents>"));
    }
    assert_true(buffer_append_text(&text, "</ListBucketResult>"));
    assert_true(listing_page_feed(page, buffer_slice(&text)) && listing_page_end(page, &error));
    return page;
}

/* Returns how many borders there are; the first one is in out_first. */
static int check_borders(const char *format, size_t folder_length, char out_first[PARTING_BORDER_SIZE])
{
    AUTO_LISTING_PAGE page = make_page(format, 100);
    const char *last = listing_page_object(page, 99).key;
    char until[PARTING_BORDER_SIZE], border[PARTING_BORDER_SIZE];
    int count = 0;
    for (; parting_guess(page, folder_length, count > 0 ? until : NULL, border); count++) {
        size_t length = strlen(border), common = parting_common_length(border, last);
        assert_true(strcmp(border, last) > 0);
        assert_true(count == 0 || strcmp(border, until) < 0);
        assert_null(strchr(border + folder_length, '/'));
        assert_true(length >= folder_length + 2 && common >= length - 2 && border[length - 1] == '~');
        assert_true(border[length - 2] >= '0' && border[length - 2] <= '~');
        memcpy(until, border, sizeof until);
        if (count == 0)
            memcpy(out_first, border, PARTING_BORDER_SIZE);
    }
    return count;
}

static void test_borders(void **state)
{
    (void)state;
    char first[PARTING_BORDER_SIZE];
    assert_true(check_borders("data/part-%08d.json", 5, first) > 8);
    assert_string_equal(first, "data/part-4~");
    assert_true(check_borders("data/2018/11/%06d", 5, first) > 3);
    assert_string_equal(first, "data/5~");
    assert_true(check_borders("data/2018/11/%06d", 13, first) > 3);
    assert_string_equal(first, "data/2018/11/4~");
    assert_true(check_borders("data/%08x", 5, first) > 8);
    assert_true(check_borders("data/\xc3\xa9%06d", 5, first) == 0);
    assert_true(check_borders("data//%06d", 5, first) == 0);
}

static void test_before(void **state)
{
    (void)state;
    assert_true(parting_is_before("data/a/", "data/b/x"));
    assert_true(parting_is_before("data/a-b/", "data/a0"));
    assert_false(parting_is_before("data/b/", "data/a/x"));
    assert_false(parting_is_before("data/a-b/", "data/a/x"));
    assert_false(parting_is_before("data/\xee\x80\x80/", "data/\xf0\x9f\x98\x80"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
