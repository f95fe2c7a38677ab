/* SPDX-License-Identifier: Apache-2.0
 *
 * One range of a bucket's keys that is listed page by page; a listing has several of them under way (list.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "s3/call.h"
#include "s3/listing_page.h"

/* Which folders a stretch asks for before it is parted. */
typedef enum RangeNames {
    RANGE_ALL_NAMES,  /* those of its folder */
    RANGE_LIKE_NAMES, /* they are too many: those that begin with the name of the one that it is in */
    RANGE_NO_NAMES,   /* they are too many, too */
} RangeNames;

/* The keys with the prefix that sort after `after`, up to `until`. Owns its texts. */
typedef struct Range {
    char *prefix;
    char *after;
    char *until; /* NULL: to the end */
    RangeNames names;
} Range;

void stretch_free_range(Range *range);

/* Continuation tokens of one stretch. A server that repeats a token would send us in a circle. We compare each token
 * with one that we keep, and replace that one after twice as many steps each time (Brent,
 * https://doi.org/10.1007/BF01933190): this finds any circle. */
typedef struct Tokens {
    char *current; /* NULL: the first page */
    char *kept;
    int64_t steps;
    int64_t steps_max;
} Tokens;

typedef struct Stretch {
    S3Call call;
    Buffer body; /* of the answer, parsed only once it is there: the next page is asked for before another is parsed */
    ListingPage *page;
    Range range;
    char *folder;   /* that all keys to come are in: the prefix, or one below it */
    char *position; /* the last key that was listed, or after */
    char *names; /* the page that is asked for has the folders and keys that begin with this; NULL: it is one of keys */
    Tokens tokens;
    int64_t empty_pages;
    bool is_busy;
    bool is_waiting; /* until its retry is due */
} Stretch;

typedef enum StretchStep {
    STRETCH_UNDER_WAY,
    STRETCH_PAGE,     /* a page of keys is there */
    STRETCH_NAMES,    /* a page of names is there */
    STRETCH_NO_NAMES, /* it did not come; that is no failure of the listing */
    STRETCH_FAILED,
} StretchStep;

/* Gives the zeroed stretch a page and an exchange of its own. told is shared by all stretches of a listing. */
void stretch_init(Stretch *stretch, S3 *s3, const char *bucket, unsigned *told);
void stretch_done(Stretch *stretch);

/* Begins a range, which it takes. */
bool stretch_begin(Stretch *stretch, Range *range, Error *error) MUST_USE;
void stretch_end(Stretch *stretch);

/* Goes on after a page of keys. False if there is no next page (*out_is_last), or the server goes in a circle. */
bool stretch_advance(Stretch *stretch, bool *out_is_last, Error *error) MUST_USE;

/* Asks for the next page of keys, or for a page of names. */
bool stretch_ask(Stretch *stretch, Error *error) MUST_USE;
bool stretch_ask_names(Stretch *stretch, char *names, Error *error) MUST_USE;

/* What has become of the page that was asked for. Asks again for one that failed, when that is due. */
StretchStep stretch_look(Stretch *stretch, Error *error);

/* Whether the page's keys are in the order of their bytes, after those of the page before. */
bool stretch_is_ordered(const Stretch *stretch);
