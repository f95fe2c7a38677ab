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
#include "s3/s3.h"

typedef struct Listing Listing;

Listing *listing_open(void);
void listing_close(Listing *listing);
static inline void listing_auto_close(Listing **listing)
{
    listing_close(*listing);
}
#define AUTO_LISTING AUTO(Listing *, listing_auto_close)

/* Forgets the page and begins the next one. */
void listing_begin(Listing *listing);

/* Some bytes of the page. What is wrong with them, listing_end says. */
bool listing_feed(Listing *listing, Slice bytes) MUST_USE;

/* The page is at its end. RETRY if it is not whole, or is not a listing: a proxy's page in between is one. A page that
 * is an <Error> is none either, see listing_refusal. FATAL for what the server would send again: a page that does not
 * say how it goes on, a key that is no text. An entry's other fields are its reader's to judge, by S3Entry.fault. */
bool listing_end(Listing *listing, Error *error) MUST_USE;

/* What the <Error> says that came in place of a page; NULL where none did. */
const S3Refusal *listing_refusal(const Listing *listing);

/* Of a page that has ended well: */
size_t listing_count(const Listing *listing);
S3Entry listing_entry(const Listing *listing, size_t index); /* valid until listing_begin */
const char *listing_next_token(const Listing *listing);      /* NULL: this was the last page */
