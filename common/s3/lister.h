/* SPDX-License-Identifier: Apache-2.0
 *
 * A listing that is under way (list.c): its stretches, the ranges that wait for one, and how they are parted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "s3/s3.h"
#include "s3/stretch.h"

typedef struct Lister {
    S3 *s3;
    const S3Listing *order;
    size_t connections;
    Stretch stretches[LIMIT_LIST_CONNECTIONS];
    StretchShare share;
    size_t busy;
    Range *ranges; /* that wait */
    size_t range_count;
    size_t range_capacity;
    int64_t requests;
    int64_t keys;
    size_t page_keys_max;
    int names_failures;
    bool may_part;
    bool is_odd; /* it has failed, and may succeed one page after the other */
} Lister;

void lister_done(Lister *lister);

/* Failures; they return false. fail_oddly is for what the server did, fail_page for a page that did not come. */
bool lister_name_prefix(const Lister *lister, Error *error);
bool lister_fail_oddly(Lister *lister, Error *error);
bool lister_fail_page(Lister *lister, const Stretch *stretch, Error *error);

/* A range that waits, and one that begins at once, on a stretch that is not busy. */
void lister_add_range(Lister *lister, const char *prefix, const char *after);
bool lister_begin_range(Lister *lister, Stretch *stretch, Range *range, Error *error) MUST_USE;

/* Whether so many requests more are worth it; whether a stretch is free for one more part. */
bool lister_has_room(const Lister *lister, size_t more);
bool lister_has_idle(const Lister *lister);

/* Asks for the stretch's next page, or for names in its place. */
bool lister_ask(Lister *lister, Stretch *stretch, Error *error) MUST_USE;
bool lister_ask_names(Lister *lister, Stretch *stretch, char *names, bool is_like, Error *error) MUST_USE;

/* The names that tell how the stretch may be parted after its page, to be freed; NULL if none do. */
char *lister_choose_names(const Lister *lister, const Stretch *stretch, bool is_like);

/* Parts what comes after the page. A second stretch takes over at the border; it begins before any range that waits,
 * since the first one may have to wait for it. */
bool lister_part_at(Lister *lister, Stretch *stretch, const char *text, Error *error) MUST_USE;

/* Asks for the page after the one that was given, or for names before it; parts what comes after if there is room. */
bool lister_go_on(Lister *lister, Stretch *stretch, Error *error) MUST_USE;
