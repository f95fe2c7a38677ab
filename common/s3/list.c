/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a listing. It begins as one stretch over all keys, page by page. While fewer stretches are under way than
 * there may be, a stretch whose page is not the last one is parted. If the page is its first one and lies in one
 * folder, the stretch asks for the folders beside that one; each folder then becomes a range of its own, and the page
 * is dropped, since its keys are in one of them. Else the keys after the page are parted at a border that the page's
 * keys suggest (parting.h): a second stretch begins at once after the border, and the first one goes on until they meet
 * (border.h). The listing is complete once no range waits and each stretch has come to its end. If the server does
 * something odd after the first parting, nobody can say that no key was missed: then all is listed once more, one page
 * after the other. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/limits.h"
#include "base/memory.h"
#include "s3/lister.h"
#include "s3/names.h"
#include "s3/request.h"

/* A folder that names no key was perhaps not understood: servers differ in how they write special characters in it. */
static bool end_stretch(Lister *lister, Stretch *stretch, Error *error)
{
    bool has_keys = *stretch->position || listing_page_count(stretch->page) > 0 || !lister->share.is_parted;
    if (stretch->range.begin)
        border_see_none(stretch->range.begin, take(stretch->range.end));
    stretch_end(stretch);
    lister->busy--;
    return has_keys ||
           error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: a folder in it has no keys");
}

/* A key outside of the prefix does not belong to the dataset; code that cuts the prefix off would read past its end. */
static bool check_keys(const ListingPage *page, const char *prefix, Error *error)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < listing_page_count(page); i++)
        if (strncmp(listing_page_object(page, i).key, prefix, length) != 0)
            return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                                     "the listing cannot be read: a Key is outside of the prefix that was asked for; "
                                     "check [AWS] ENDPOINT_URL");
    return true;
}

static bool give(Lister *lister, const ListingPage *page, size_t index, Error *error)
{
    ListedObject object = listing_page_object(page, index);
    object.bucket = lister->order->bucket;
    lister->keys++;
    return lister->order->each(lister->order->context, &object, error);
}

/* Gives the page's objects that are the stretch's and were not given yet. */
static bool give_objects(Lister *lister, Stretch *stretch, BorderSide *out_side, Error *error)
{
    *out_side = BORDER_LEFT;
    for (; stretch->given < listing_page_count(stretch->page); stretch->given++) {
        *out_side = border_pass(&stretch->range.end, listing_page_object(stretch->page, stretch->given).key);
        if (*out_side != BORDER_LEFT)
            return true;
        if (!give(lister, stretch->page, stretch->given, error))
            return false;
    }
    /* Without a key, the stretch on the left takes the end over. */
    if (!listing_page_next_token(stretch->page))
        *out_side = stretch->range.begin ? BORDER_RIGHT : border_pass(&stretch->range.end, NULL);
    return true;
}

static bool give_page(Lister *lister, Stretch *stretch, Error *error)
{
    BorderSide side;
    if (!give_objects(lister, stretch, &side, error))
        return false;
    stretch->is_held = side == BORDER_UNKNOWN;
    switch (side) {
    case BORDER_LEFT:
        return stretch_advance(stretch, error) ? lister_go_on(lister, stretch, error)
                                               : lister_fail_oddly(lister, error);
    case BORDER_RIGHT:
        return end_stretch(lister, stretch, error) || lister_fail_oddly(lister, error);
    case BORDER_UNKNOWN:
        return true;
    case BORDER_MISSED:
        break;
    }
    error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: two parts of it do not meet");
    return lister_fail_oddly(lister, error);
}

static bool check_order(Lister *lister, const Stretch *stretch, Error *error)
{
    if (stretch_is_ordered(stretch))
        return true;
    lister->may_part = false;
    return !lister->share.is_parted ||
           error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: its keys are out of order");
}

static void note_page(Lister *lister, Stretch *stretch)
{
    size_t count = listing_page_count(stretch->page);
    stretch->given = 0;
    if (count > lister->page_keys_max)
        lister->page_keys_max = count;
    if (count > 0 && stretch->range.begin)
        border_see(take(stretch->range.begin), listing_page_object(stretch->page, 0).key);
}

static bool give_or_ask_names(Lister *lister, Stretch *stretch, Error *error)
{
    char *names = lister->may_part && stretch_is_at_beginning(stretch) && lister_has_idle(lister)
                      ? lister_choose_names(lister, stretch, false)
                      : NULL;
    return names ? lister_ask_names(lister, stretch, names, false, error) : give_page(lister, stretch, error);
}

static bool take_page(Lister *lister, Stretch *stretch, Error *error)
{
    if (!check_keys(stretch->page, stretch->range.prefix, error) || !check_order(lister, stretch, error))
        return lister_fail_oddly(lister, error);
    note_page(lister, stretch);
    return give_or_ask_names(lister, stretch, error);
}

/* The names have all keys of the stretch, so it ends without giving its page. */
static bool part_by_folders(Lister *lister, Stretch *stretch, const ListingPage *names, Error *error)
{
    for (size_t i = 0; i < listing_page_count(names); i++)
        if (!give(lister, names, i, error))
            return false;
    for (size_t i = 0; i < listing_page_folder_count(names); i++)
        lister_add_range(lister, listing_page_folder(names, i), "");
    lister->share.is_parted = true;
    stretch_end(stretch);
    lister->busy--;
    return true;
}

/* Before the first page of a prefix is given. */
static bool take_all_names(Lister *lister, Stretch *stretch, bool is_whole, Error *error)
{
    const ListingPage *names = lister->share.names;
    const char *alone = is_whole ? names_find_alone(names) : NULL;
    if (is_whole && names_contradict(stretch, names))
        lister->may_part = is_whole = false;
    if (alone) {
        stretch_set_folder(stretch, alone);
        return give_or_ask_names(lister, stretch, error);
    }
    if (is_whole && lister_has_room(lister, listing_page_folder_count(names)))
        return part_by_folders(lister, stretch, names, error);
    return give_page(lister, stretch, error);
}

/* After a page was given. If no other name begins like the folder's, what comes after the folder is a part. */
static bool take_like_names(Lister *lister, Stretch *stretch, bool is_whole, Error *error)
{
    const char *alone = is_whole ? names_find_alone(lister->share.names) : NULL;
    const Border *end = stretch->range.end;
    if (alone) {
        AUTO_FREE char *border = memory_format("%s~", stretch->names);
        if (lister_has_idle(lister) && (!end || strcmp(border, end->text) < 0) &&
            !lister_part_at(lister, stretch, border, error))
            return false;
        stretch_set_folder(stretch, alone);
    }
    return lister_ask(lister, stretch, error);
}

static bool take_names(Lister *lister, Stretch *stretch, bool has_come, Error *error)
{
    bool is_whole = has_come && names_are_whole(stretch, lister->share.names, lister->page_keys_max);
    lister->names_failures += !has_come;
    stretch_end_names(stretch);
    return stretch->is_like ? take_like_names(lister, stretch, is_whole, error)
                            : take_all_names(lister, stretch, is_whole, error);
}

static bool drive(Lister *lister, Stretch *stretch, int wait_ms, Error *error)
{
    if (!s3_call_may_wait(&stretch->call, error))
        return !stretch->call.is_given_up && lister_name_prefix(lister, error);
    http_drive(lister->s3->http, wait_ms);
    return true;
}

/* After a page, the request for the next one goes out at once: to parse the pages of the other stretches takes about as
 * long as the server needs for it. */
static bool step(Lister *lister, Stretch *stretch, Error *error)
{
    if (stretch->is_held)
        return give_page(lister, stretch, error) && (stretch->is_held || drive(lister, stretch, 0, error));
    switch (stretch_look(stretch, error)) {
    case STRETCH_UNDER_WAY:
        return true;
    case STRETCH_PAGE:
        return take_page(lister, stretch, error) && drive(lister, stretch, 0, error);
    case STRETCH_NAMES:
        return take_names(lister, stretch, true, error) && drive(lister, stretch, 0, error);
    case STRETCH_NO_NAMES:
        return take_names(lister, stretch, false, error) && drive(lister, stretch, 0, error);
    case STRETCH_FAILED:
        break;
    }
    return lister_fail_page(lister, stretch, error);
}

static bool step_all(Lister *lister, Error *error)
{
    for (size_t i = 0; i < lister->connections; i++)
        if (lister->stretches[i].is_busy && !step(lister, &lister->stretches[i], error))
            return false;
    for (size_t i = 0; i < lister->connections && lister->range_count > 0; i++)
        if (!lister->stretches[i].is_busy &&
            !lister_begin_range(lister, &lister->stretches[i], &lister->ranges[--lister->range_count], error))
            return false;
    return true;
}

/* How long nothing is due that does not come from the server. */
static int find_wait_ms(const Lister *lister)
{
    int64_t wait_ms = S3_CALL_LOOK_MS;
    for (size_t i = 0; i < lister->connections && wait_ms > 0; i++) {
        int64_t stretch_ms = lister->stretches[i].is_busy ? stretch_wait_ms(&lister->stretches[i]) : wait_ms;
        wait_ms = stretch_ms < wait_ms ? stretch_ms : wait_ms;
    }
    return wait_ms > 0 ? (int)wait_ms : 0;
}

static Stretch *find_busy(Lister *lister)
{
    for (size_t i = 0; i < lister->connections; i++)
        if (lister->stretches[i].is_busy)
            return &lister->stretches[i];
    return NULL;
}

static bool run(Lister *lister, Error *error)
{
    while (step_all(lister, error)) {
        Stretch *stretch = find_busy(lister);
        if (!stretch)
            return true;
        if (!drive(lister, stretch, find_wait_ms(lister), error))
            return false;
    }
    return false;
}

/* *out_is_odd: another try, one page after the other, may succeed. */
static bool list(S3 *s3, const S3Listing *order, size_t connections, bool *out_is_odd, Error *error)
{
    AUTO(Lister, lister_done)
    lister = {.s3 = s3, .order = order, .connections = connections, .may_part = connections > 1};
    lister.share.names = listing_page_open();
    lister_add_range(&lister, order->prefix, order->start_after);
    bool is_listed = run(&lister, error);
    *out_is_odd = lister.is_odd;
    s3->was_parted = lister.share.is_parted;
    return is_listed;
}

bool s3_list(S3 *s3, const S3Listing *order, Error *error)
{
    assert(*order->bucket);
    assert(order->each);
    assert(s3->config->list_connections >= 1 && s3->config->list_connections <= LIMIT_LIST_CONNECTIONS);
    bool is_odd = false;
    if (list(s3, order, order->is_plain ? 1 : (size_t)s3->config->list_connections, &is_odd, error))
        return true;
    if (!is_odd)
        return false;
    if (order->again)
        order->again(order->context);
    return list(s3, order, 1, &is_odd, error);
}
