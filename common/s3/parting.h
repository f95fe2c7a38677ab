/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a range of keys may be parted, so that its parts are listed at the same time. Pure.
 *
 * S3 sorts keys by their bytes. Some servers walk directories instead: to them '/' comes before all other characters,
 * so a/x is before a.json. Others sort UTF-16, which differs in characters outside of ASCII. A key that such a server
 * puts on the other side of a border than we do would be missed. So a border agrees with all these orders: it has the
 * beginning of a key that was listed, and after that only ASCII characters that come after '/'. Any key that the orders
 * disagree about differs from the border in that beginning, so the walk has passed it before the key that was listed.
 * A border ends in '~' because some servers skip a folder that has the border's name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "s3/listing_page.h"

#define PARTING_BORDER_SIZE (LIMIT_KEY_BYTES + 1)

/* How many bytes both texts begin with. */
size_t parting_common_length(const char *a, const char *b);

/* Where the name that begins at from ends: at a '/', at a character outside of ASCII, or with the key. */
size_t parting_name_end(const char *key, size_t from);

/* Whether a folder or key comes before a key that is not in it in every order. */
bool parting_is_before(const char *name, const char *key);

/* Guesses a border in the middle of the keys after the page's last key and up to until (NULL: all), of those that begin
 * like it with folder_length bytes. False if the page gives no hint. */
bool parting_guess(const ListingPage *page, size_t folder_length, const char *until,
                   char out_border[PARTING_BORDER_SIZE]) MUST_USE;
