/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a page of a listing. In one piece or in many it says the same; what it takes is within the bounds of S3
 * and comes out again when it is written as a page. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "s3/listing_page.h"

#define TEXT_BYTES_MAX (64 * MIB)

/* Longer texts may not fit any more with their quotes and escapes around them. */
#define REWRITTEN_BYTES_MAX (4 * KIB)

static void feed(ListingPage *listing, Slice bytes, size_t step)
{
    listing_page_begin(listing);
    for (size_t i = 0; i < bytes.length; i += step) {
        size_t left = bytes.length - i;
        if (!listing_page_feed(listing, (Slice){bytes.data + i, left < step ? left : step}))
            return;
    }
}

static void describe_object(ListedObject object, Buffer *out)
{
    size_t length = strlen(object.key);
    assert(length > 0 && length <= LIMIT_KEY_BYTES && utf8_is_valid(object.key));
    assert(object.fault || (object.etag[0] && object.modified[0] && object.size >= 0));
    if (!buffer_append_format(out, "%s|%s|%s|%lld\n", object.key, object.etag, object.modified, (long long)object.size))
        assert(false);
}

static void describe_page(const ListingPage *listing, Buffer *out)
{
    for (size_t i = 0; i < listing_page_count(listing); i++)
        describe_object(listing_page_object(listing, i), out);
    const char *token = listing_page_next_token(listing);
    assert(!token || token[0]);
    fuzz_append(out, slice_from_text(token ? token : ""));
}

static void describe_failure(const ListingPage *listing, const Error *error, Buffer *out)
{
    fuzz_check_error(error);
    assert(error->service == SERVICE_S3 && (error->kind == ERROR_RETRY || error->kind == ERROR_FATAL));
    const S3Refusal *refusal = listing_page_refusal(listing);
    if (!buffer_append_format(out, "%d %s|%s|%s", (int)error->kind, refusal ? refusal->code : "",
                              refusal ? refusal->message : "", refusal ? refusal->region : ""))
        assert(false);
    if (!refusal)
        return;
    Error reported;
    bool is_fine = s3_refusal_report(refusal, 403, S3_SUBJECT_BUCKET, &reported);
    assert(!is_fine);
    fuzz_check_error(&reported);
}

/* Everything that is to be known of the page, as text; but not what expat says of broken XML, which may depend on where
 * a piece ends. */
static bool read_page(ListingPage *listing, Slice bytes, size_t step, Buffer *out)
{
    Error error = {0};
    buffer_init(out, TEXT_BYTES_MAX);
    feed(listing, bytes, step);
    bool is_page = listing_page_end(listing, &error);
    if (is_page)
        describe_page(listing, out);
    else
        describe_failure(listing, &error, out);
    return is_page;
}

static void write_encoded(Buffer *out, const char *text, const char *before, const char *after)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = c >= 0x80 || isalnum(c);
        if (!buffer_append_format(out, is_plain ? "%s%c%s" : "%s%02x%s", is_plain ? "" : before, c,
                                  is_plain ? "" : after))
            assert(false);
    }
}

static void write_field(Buffer *out, const char *before, const char *text, const char *after)
{
    fuzz_append(out, slice_from_text(before));
    write_encoded(out, text, "&#x", ";");
    fuzz_append(out, slice_from_text(after));
}

static bool write_page(const ListingPage *listing, Buffer *out)
{
    const char *token = listing_page_next_token(listing);
    buffer_init(out, TEXT_BYTES_MAX);
    fuzz_append(out, SLICE("<ListBucketResult>"));
    for (size_t i = 0; i < listing_page_count(listing); i++) {
        ListedObject entry = listing_page_object(listing, i);
        if (entry.fault || strlen(entry.etag) > REWRITTEN_BYTES_MAX)
            return false;
        fuzz_append(out, SLICE("<Contents><Key>"));
        write_encoded(out, entry.key, "%", "");
        write_field(out, "</Key><ETag>\"", entry.etag, "\"</ETag>");
        write_field(out, "<LastModified>", entry.modified, "</LastModified>");
        if (!buffer_append_format(out, "<Size>%lld</Size></Contents>", (long long)entry.size))
            assert(false);
    }
    write_field(out, "<EncodingType>url</EncodingType><NextContinuationToken>", token ? token : "",
                "</NextContinuationToken>");
    fuzz_append(out, token ? SLICE("<IsTruncated>true</IsTruncated>") : SLICE("<IsTruncated>false</IsTruncated>"));
    fuzz_append(out, SLICE("</ListBucketResult>"));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 7, 64};
    Slice text = {(const char *)data, size};
    uint32_t seed = fuzz_seed(text);
    AUTO_LISTING_PAGE listing = listing_page_open();
    AUTO_BUFFER pieces = {0};
    AUTO_BUFFER whole = {0};
    AUTO_BUFFER written = {0};
    AUTO_BUFFER again = {0};
    bool was_page = read_page(listing, text, steps[fuzz_choose(&seed, 4)], &pieces);
    bool is_page = read_page(listing, text, SIZE_MAX / 2, &whole);
    assert(is_page == was_page && slice_equals(buffer_slice(&whole), buffer_slice(&pieces)));
    if (!is_page || !write_page(listing, &written))
        return 0;
    is_page = read_page(listing, buffer_slice(&written), SIZE_MAX / 2, &again);
    assert(is_page && slice_equals(buffer_slice(&whole), buffer_slice(&again)));
    return 0;
}
