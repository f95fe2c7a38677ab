/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/lister.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "s3/names.h"
#include "s3/parting.h"
#include "s3/request.h"

/* Pages of names that may fail before no more are asked for. */
#define NAMES_FAILURES_MAX 3

/* Borders that one page suggests, so that all stretches are soon under way. */
#define GUESSES_MAX 4

void lister_done(Lister *lister)
{
    for (size_t i = 0; i < lister->connections; i++)
        stretch_done(&lister->stretches[i]);
    for (size_t i = 0; i < lister->range_count; i++)
        stretch_free_range(&lister->ranges[i]);
    free(lister->ranges);
    listing_page_close(lister->share.names);
}

bool lister_name_prefix(const Lister *lister, Error *error)
{
    return s3_refusal_name_object(error, lister->order->bucket, lister->order->prefix);
}

bool lister_fail_oddly(Lister *lister, Error *error)
{
    lister->is_odd = lister->share.is_parted;
    return lister_name_prefix(lister, error);
}

/* If the bucket answers, the page alone may be at fault. */
bool lister_fail_page(Lister *lister, const Stretch *stretch, Error *error)
{
    if (stretch->call.is_given_up)
        return false;
    if (error->kind == ERROR_INTERRUPTED)
        return lister_name_prefix(lister, error);
    Error reason;
    if (!lister->share.is_parted || error->kind != ERROR_RETRY || s3_probe(lister->s3, lister->order->bucket, &reason))
        return lister_fail_oddly(lister, error);
    if (reason.kind == ERROR_INTERRUPTED)
        *error = reason;
    return lister_name_prefix(lister, error);
}

void lister_add_range(Lister *lister, const char *prefix, const char *after)
{
    lister->ranges = memory_grow(lister->ranges, lister->range_count, &lister->range_capacity, sizeof *lister->ranges);
    lister->ranges[lister->range_count++] =
        (Range){.prefix = memory_copy_text(prefix), .after = memory_copy_text(after)};
}

bool lister_begin_range(Lister *lister, Stretch *stretch, Range *range, Error *error)
{
    if (!stretch->page)
        stretch_init(stretch, lister->s3, lister->order->bucket, &lister->share);
    lister->requests++;
    lister->busy++;
    return stretch_begin(stretch, range, error) || lister_fail_page(lister, stretch, error);
}

/* Whether so many requests more are worth it. Each range costs one that may bring nothing. If all pages have room for
 * as many keys, then in all there are at most twice as many requests as one page after the other takes, and nine more
 * for each connection. */
bool lister_has_room(const Lister *lister, size_t more)
{
    int64_t connections = (int64_t)lister->connections, waiting = (int64_t)lister->range_count;
    int64_t pages = lister->page_keys_max > 0 ? lister->keys / (int64_t)lister->page_keys_max : 0;
    return lister->requests + waiting + (int64_t)more <= 8 * connections + pages;
}

bool lister_has_idle(const Lister *lister)
{
    return lister->busy + lister->range_count < lister->connections && lister_has_room(lister, 1);
}

bool lister_ask(Lister *lister, Stretch *stretch, Error *error)
{
    lister->requests++;
    return stretch_ask(stretch, error) || lister_fail_page(lister, stretch, error);
}

static Stretch *find_idle(Lister *lister)
{
    for (size_t i = 0; i < lister->connections; i++)
        if (!lister->stretches[i].is_busy)
            return &lister->stretches[i];
    return NULL;
}

bool lister_part_at(Lister *lister, Stretch *stretch, const char *text, Error *error)
{
    Stretch *other = find_idle(lister);
    assert(other);
    Range right = {.prefix = memory_copy_text(stretch->range.prefix),
                   .after = memory_copy_text(text),
                   .begin = border_open(text),
                   .end = stretch->range.end};
    stretch->range.end = right.begin;
    lister->share.is_parted = true;
    if (!lister_begin_range(lister, other, &right, error))
        return false;
    stretch_set_folder(other, stretch->folder);
    return true;
}

/* Parts what comes after the page, as far as it suggests borders. */
static bool guess_borders(Lister *lister, Stretch *stretch, Error *error)
{
    char border[PARTING_BORDER_SIZE];
    for (int i = 0; i < GUESSES_MAX && lister_has_idle(lister); i++) {
        const Border *end = stretch->range.end;
        if (!parting_guess(stretch->page, strlen(stretch->folder), end ? end->text : NULL, border))
            return true;
        if (!lister_part_at(lister, stretch, border, error))
            return false;
    }
    return true;
}

char *lister_choose_names(const Lister *lister, const Stretch *stretch, bool is_like)
{
    if (lister->names_failures >= NAMES_FAILURES_MAX)
        return NULL;
    char *names = names_choose(stretch, is_like);
    if (names && stretch->vain && strcmp(names, stretch->vain) == 0) {
        free(names);
        return NULL;
    }
    return names;
}

bool lister_ask_names(Lister *lister, Stretch *stretch, char *names, bool is_like, Error *error)
{
    lister->requests++;
    return stretch_ask_names(stretch, names, is_like, error) || lister_fail_page(lister, stretch, error);
}

/* The folder is what was known when its names came. */
static void look_for_folder(Stretch *stretch)
{
    const ListingPage *page = stretch->page;
    size_t count = listing_page_count(page), length = strlen(stretch->folder);
    if (count > 0 && (strncmp(listing_page_object(page, 0).key, stretch->folder, length) != 0 ||
                      strncmp(listing_page_object(page, count - 1).key, stretch->folder, length) != 0))
        stretch_set_folder(stretch, stretch->range.prefix);
}

bool lister_go_on(Lister *lister, Stretch *stretch, Error *error)
{
    if (!lister->may_part || !lister_has_idle(lister))
        return lister_ask(lister, stretch, error);
    look_for_folder(stretch);
    char *names = lister_choose_names(lister, stretch, true);
    if (names)
        return lister_ask_names(lister, stretch, names, true, error);
    return guess_borders(lister, stretch, error) && lister_ask(lister, stretch, error);
}
