/* SPDX-License-Identifier: Apache-2.0
 *
 * One page of ListObjectsV2, parsed while it arrives. The entries are kept until the page is known to be whole: a page
 * that breaks off is asked for again, and must not have given anything yet. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "s3/refusals.h"
#include "task/object.h"

typedef struct ListingPage ListingPage;

ListingPage *listing_page_open(void);
void listing_page_close(ListingPage *page);
static inline void listing_page_auto_close(ListingPage **page)
{
    listing_page_close(*page);
}
#define AUTO_LISTING_PAGE AUTO(ListingPage *, listing_page_auto_close)

/* Forgets the page and begins the next one. */
void listing_page_begin(ListingPage *page);

/* Parses some bytes of the page. After false, listing_page_end says what is wrong with them. */
bool listing_page_feed(ListingPage *page, Slice bytes) MUST_USE;

/* Ends the page. RETRY if it is not whole, or is no listing but the page of a proxy in between. An <Error> is no
 * listing either, see listing_page_refusal. FATAL if the server would send the same again: a page that does not say how
 * it goes on, a key that is no text. About an object's other fields the reader decides, by ListedObject.fault. */
bool listing_page_end(ListingPage *page, Error *error) MUST_USE;

/* The <Error> that came in place of a page; NULL if none did. */
const S3Refusal *listing_page_refusal(const ListingPage *page);

/* How much memory it holds. */
size_t listing_page_bytes(const ListingPage *page);

/* The functions below are for a page that has ended well. */
size_t listing_page_count(const ListingPage *page);

/* Without its bucket; valid until listing_page_begin. */
ListedObject listing_page_object(const ListingPage *page, size_t index);

/* The folders of a page that was asked for with a delimiter (CommonPrefixes). */
size_t listing_page_folder_count(const ListingPage *page);
const char *listing_page_folder(const ListingPage *page, size_t index);

/* NULL: this was the last page. */
const char *listing_page_next_token(const ListingPage *page);
