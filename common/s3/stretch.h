/* SPDX-License-Identifier: Apache-2.0
 *
 * One range of a bucket's keys that is listed page by page; a listing has several of them under way (list.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "s3/border.h"
#include "s3/call.h"
#include "s3/listing_page.h"

/* The keys with the prefix that come after `after`, up to where the stretch meets the one on its right. Owns its texts
 * and its end. */
typedef struct Range {
    char *prefix;
    char *after;
    Border *begin; /* the end of the stretch on its left, until a key was seen; NULL: there is none */
    Border *end;   /* NULL: the end of the walk */
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

/* What all stretches of a listing share. */
typedef struct StretchShare {
    unsigned told;      /* see S3Call */
    bool is_parted;     /* so a request that is refused may be one that the whole listing does not need */
    size_t bytes;       /* of the answers and pages that they hold */
    ListingPage *names; /* the last page of names that has come */
} StretchShare;

typedef struct Stretch {
    StretchShare *share;
    S3Call call;
    Buffer body; /* of the answer, parsed only once it is there: the next page is asked for before another is parsed */
    ListingPage *page; /* the last page of keys that has come */
    size_t given;      /* so many of its keys are the caller's */
    size_t bytes;      /* that it holds, of the share's */
    Range range;
    char *folder;   /* the prefix, or a folder below it that all keys are in up to the end; no bound, but a hint */
    char *position; /* the last key that was listed, or after */
    char *names;    /* that are asked for: the folders and keys that begin with this; NULL: keys are */
    char *vain;     /* names that are not asked for again, since they told nothing; NULL: none */
    Tokens tokens;
    int64_t empty_pages;
    bool is_busy;
    bool is_like;     /* the names that are asked for are those that begin like the page's folder */
    bool is_held;     /* until it is known where it meets the stretch on its right */
    bool is_waiting;  /* until its retry is due */
    bool is_too_much; /* the answer did not fit into the memory that all of them have */
} Stretch;

typedef enum StretchStep {
    STRETCH_UNDER_WAY,
    STRETCH_PAGE,     /* a page of keys is there */
    STRETCH_NAMES,    /* a page of names is there */
    STRETCH_NO_NAMES, /* it did not come; that is no failure of the listing */
    STRETCH_FAILED,
} StretchStep;

/* Gives the zeroed stretch a page and an exchange of its own. */
void stretch_init(Stretch *stretch, S3 *s3, const char *bucket, StretchShare *share);
void stretch_done(Stretch *stretch);

/* Begins a range, which it takes. */
bool stretch_begin(Stretch *stretch, Range *range, Error *error) MUST_USE;
void stretch_end(Stretch *stretch);

/* Goes on after a page of keys that is not the last one. False if the server goes in a circle. */
bool stretch_advance(Stretch *stretch, Error *error) MUST_USE;

/* Asks for the next page of keys, or for a page of names (which it takes). */
bool stretch_ask(Stretch *stretch, Error *error) MUST_USE;
bool stretch_ask_names(Stretch *stretch, char *names, bool is_like, Error *error) MUST_USE;

/* Names have come, or not: these are not asked for again. */
void stretch_end_names(Stretch *stretch);

/* Whether its page is the first one of a whole prefix, and not the last one. */
bool stretch_is_at_beginning(const Stretch *stretch);

/* Changes the folder that all keys are in. */
void stretch_set_folder(Stretch *stretch, const char *folder);

/* How long nothing is due of the busy stretch that does not come from the server. */
int64_t stretch_wait_ms(const Stretch *stretch);

/* What has become of the page that was asked for. Asks again for one that failed, when that is due. */
StretchStep stretch_look(Stretch *stretch, Error *error);

/* Whether the page's keys are in the order of their bytes, after those of the page before. */
bool stretch_is_ordered(const Stretch *stretch);
