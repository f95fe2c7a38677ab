/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a listing. It begins as one stretch over all keys, page by page. While fewer stretches are under way than
 * there may be, a stretch whose page is not the last one is parted. If its page lies in one folder, it asks for the
 * folders beside that one, and each of them becomes a range of its own. Else the keys after its page are parted at a
 * border that the page's keys suggest (parting.h). Ranges wait until a stretch is free to list them. The listing is
 * complete once no range waits and each stretch has come to its end. If the server does something odd after the first
 * parting, nobody can say that no key was missed: then all is listed once more, one page after the other. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "s3/names.h"
#include "s3/parting.h"
#include "s3/request.h"
#include "s3/stretch.h"

/* Pages of names that may fail before no more are asked for. */
#define NAMES_FAILURES_MAX 3

/* Borders that one page suggests, so that all stretches are soon under way. */
#define GUESSES_MAX 4

typedef struct Order {
    const char *bucket;
    const char *prefix;
    const char *start_after;
    S3ObjectFunction *each;
    void *context;
} Order;

typedef struct Lister {
    S3 *s3;
    const Order *order;
    size_t connections;
    Stretch stretches[LIMIT_LIST_CONNECTIONS];
    size_t busy;
    Range *ranges; /* that wait */
    size_t range_count;
    size_t range_capacity;
    unsigned told;
    int64_t requests;
    int64_t keys;
    size_t page_keys_max;
    int names_failures;
    bool may_part;
    bool is_parted;
    bool is_odd; /* it has failed, and may succeed one page after the other */
} Lister;

static void lister_done(Lister *lister)
{
    for (size_t i = 0; i < lister->connections; i++)
        stretch_done(&lister->stretches[i]);
    for (size_t i = 0; i < lister->range_count; i++)
        stretch_free_range(&lister->ranges[i]);
    free(lister->ranges);
}

static bool name_prefix(const Lister *lister, Error *error)
{
    return s3_refusal_name_object(error, lister->order->bucket, lister->order->prefix);
}

/* For what the server did; returns false. */
static bool fail_oddly(Lister *lister, Error *error)
{
    lister->is_odd = lister->is_parted;
    return name_prefix(lister, error);
}

/* If the bucket answers, the page alone may be at fault. */
static bool fail_page(Lister *lister, const Stretch *stretch, Error *error)
{
    if (stretch->call.is_given_up)
        return false;
    if (error->kind == ERROR_INTERRUPTED)
        return name_prefix(lister, error);
    Error reason;
    if (!lister->is_parted || error->kind != ERROR_RETRY || s3_probe(lister->s3, lister->order->bucket, &reason))
        return fail_oddly(lister, error);
    if (reason.kind == ERROR_INTERRUPTED)
        *error = reason;
    return name_prefix(lister, error);
}

static void add_range(Lister *lister, const char *prefix, const char *after, const char *until, RangeNames names)
{
    lister->ranges = memory_grow(lister->ranges, lister->range_count, &lister->range_capacity, sizeof *lister->ranges);
    lister->ranges[lister->range_count++] = (Range){.prefix = memory_copy_text(prefix),
                                                    .after = memory_copy_text(after),
                                                    .until = until ? memory_copy_text(until) : NULL,
                                                    .names = names};
}

/* Whether so many requests more are worth it. Each range costs one that may bring nothing. In all there are at most
 * three times as many as one page after the other takes, and eight for each connection. */
static bool has_room(const Lister *lister, size_t more)
{
    int64_t connections = (int64_t)lister->connections, waiting = (int64_t)lister->range_count;
    int64_t pages = lister->page_keys_max > 0 ? lister->keys / (int64_t)lister->page_keys_max : 0;
    return lister->requests + waiting + (int64_t)more <= 8 * connections + 2 * pages;
}

static bool has_idle(const Lister *lister)
{
    return lister->busy + lister->range_count < lister->connections && has_room(lister, 1);
}

static bool ask(Lister *lister, Stretch *stretch, Error *error)
{
    lister->requests++;
    return stretch_ask(stretch, error) || fail_page(lister, stretch, error);
}

/* Parts what comes after the page, as far as it suggests borders. */
static void guess_borders(Lister *lister, Stretch *stretch)
{
    char border[PARTING_BORDER_SIZE];
    Range *range = &stretch->range;
    for (int i = 0; i < GUESSES_MAX && has_idle(lister); i++) {
        if (!parting_guess(stretch->page, strlen(stretch->folder), range->until, border))
            return;
        add_range(lister, stretch->folder, border, range->until, range->names);
        free(range->until);
        range->until = memory_copy_text(border);
        lister->is_parted = true;
    }
}

/* Asks for the stretch's next page, or for names in its place. */
static bool go_on(Lister *lister, Stretch *stretch, Error *error)
{
    if (!lister->may_part || !has_idle(lister))
        return ask(lister, stretch, error);
    char *names = lister->names_failures < NAMES_FAILURES_MAX ? names_choose(stretch) : NULL;
    if (!names) {
        guess_borders(lister, stretch);
        return ask(lister, stretch, error);
    }
    lister->requests++;
    return stretch_ask_names(stretch, names, error) || fail_page(lister, stretch, error);
}

/* A folder that names no key was perhaps not understood: servers differ in how they write special characters in it. */
static bool end_stretch(Lister *lister, Stretch *stretch, Error *error)
{
    bool has_keys = *stretch->position || listing_page_count(stretch->page) > 0 || !lister->is_parted;
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

static bool give(Lister *lister, const Stretch *stretch, size_t index, Error *error)
{
    ListedObject object = listing_page_object(stretch->page, index);
    object.bucket = lister->order->bucket;
    lister->keys++;
    return lister->order->each(lister->order->context, &object, error);
}

/* Whether the stretch ends before the key. */
static bool is_past(const Stretch *stretch, const char *key)
{
    return (stretch->range.until && strcmp(key, stretch->range.until) > 0) ||
           strncmp(key, stretch->folder, strlen(stretch->folder)) != 0;
}

/* Gives the page's objects, as far as they are the stretch's. */
static bool give_objects(Lister *lister, const Stretch *stretch, bool *out_is_over, Error *error)
{
    size_t count = listing_page_count(stretch->page);
    *out_is_over = false;
    for (size_t i = 0; i < count; i++) {
        const char *key = listing_page_object(stretch->page, i).key;
        *out_is_over = is_past(stretch, key);
        if (*out_is_over)
            return true;
        if (!give(lister, stretch, i, error))
            return false;
        *out_is_over = stretch->range.until && strcmp(key, stretch->range.until) == 0;
    }
    if (count > lister->page_keys_max)
        lister->page_keys_max = count;
    return true;
}

static bool check_order(Lister *lister, const Stretch *stretch, Error *error)
{
    if (stretch_is_ordered(stretch))
        return true;
    lister->may_part = false;
    return !lister->is_parted ||
           error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: its keys are out of order");
}

static bool take_page(Lister *lister, Stretch *stretch, Error *error)
{
    bool is_over = false;
    if (!check_keys(stretch->page, stretch->range.prefix, error) || !check_order(lister, stretch, error))
        return fail_oddly(lister, error);
    if (!give_objects(lister, stretch, &is_over, error))
        return false;
    if (!is_over && stretch_advance(stretch, &is_over, error))
        return go_on(lister, stretch, error);
    if (!is_over)
        return fail_oddly(lister, error);
    return end_stretch(lister, stretch, error) || fail_oddly(lister, error);
}

/* Those that the stretch will not come to, since it goes on in its folder alone. */
static bool give_keys(Lister *lister, const Stretch *stretch, Error *error)
{
    for (size_t i = 0; i < listing_page_count(stretch->page); i++) {
        const char *key = listing_page_object(stretch->page, i).key;
        if (names_is_new(stretch, key) && strcmp(key, lister->order->start_after) > 0 &&
            !give(lister, stretch, i, error))
            return false;
    }
    return true;
}

/* From now on the stretch lists its folder alone. If only folders with like names are known, others come after them. */
static void part_by_folders(Lister *lister, Stretch *stretch)
{
    char *own = NULL;
    for (size_t i = 0; i < listing_page_folder_count(stretch->page); i++) {
        const char *folder = listing_page_folder(stretch->page, i);
        if (!own && names_is_own(stretch, folder))
            own = memory_copy_text(folder);
        else if (names_is_new(stretch, folder))
            add_range(lister, folder, "", NULL, RANGE_ALL_NAMES);
    }
    if (stretch->range.names == RANGE_LIKE_NAMES) {
        AUTO_FREE char *after = memory_format("%s~", stretch->names);
        if (!stretch->range.until || strcmp(after, stretch->range.until) < 0)
            add_range(lister, stretch->folder, after, stretch->range.until, RANGE_LIKE_NAMES);
    }
    free(stretch->folder);
    stretch->folder = own;
    free(stretch->range.until);
    stretch->range.until = NULL;
    stretch->range.names = RANGE_ALL_NAMES;
    lister->is_parted = true;
}

static bool take_names(Lister *lister, Stretch *stretch, Error *error)
{
    size_t count = 0;
    bool is_fine = names_check(stretch, lister->order->start_after, &count);
    bool is_whole = !listing_page_next_token(stretch->page) && has_room(lister, count);
    if (!is_fine)
        stretch->range.names = RANGE_NO_NAMES;
    else if (!is_whole)
        stretch->range.names++;
    else if (give_keys(lister, stretch, error))
        part_by_folders(lister, stretch);
    else
        return false;
    return ask(lister, stretch, error);
}

static bool drive(Lister *lister, Stretch *stretch, int wait_ms, Error *error)
{
    if (!s3_call_may_wait(&stretch->call, error))
        return !stretch->call.is_given_up && name_prefix(lister, error);
    http_drive(lister->s3->http, wait_ms);
    return true;
}

/* After a page, the request for the next one goes out at once: to parse the pages of the other stretches takes about as
 * long as the server needs for it. */
static bool step(Lister *lister, Stretch *stretch, Error *error)
{
    switch (stretch_look(stretch, error)) {
    case STRETCH_UNDER_WAY:
        return true;
    case STRETCH_PAGE:
        return take_page(lister, stretch, error) && (!stretch->is_busy || drive(lister, stretch, 0, error));
    case STRETCH_NAMES:
        return take_names(lister, stretch, error) && drive(lister, stretch, 0, error);
    case STRETCH_NO_NAMES:
        lister->names_failures++;
        return ask(lister, stretch, error);
    case STRETCH_FAILED:
        break;
    }
    return fail_page(lister, stretch, error);
}

static bool begin_range(Lister *lister, Stretch *stretch, Error *error)
{
    if (!stretch->page)
        stretch_init(stretch, lister->s3, lister->order->bucket, &lister->told);
    lister->requests++;
    lister->busy++;
    return stretch_begin(stretch, &lister->ranges[--lister->range_count], error) || fail_page(lister, stretch, error);
}

static bool step_all(Lister *lister, Error *error)
{
    for (size_t i = 0; i < lister->connections; i++)
        if (lister->stretches[i].is_busy && !step(lister, &lister->stretches[i], error))
            return false;
    for (size_t i = 0; i < lister->connections && lister->range_count > 0; i++)
        if (!lister->stretches[i].is_busy && !begin_range(lister, &lister->stretches[i], error))
            return false;
    return true;
}

/* How long nothing is due that does not come from the server. */
static int find_wait_ms(const Lister *lister)
{
    int64_t now_ms = clock_now_ms(), wait_ms = S3_CALL_LOOK_MS;
    for (size_t i = 0; i < lister->connections; i++) {
        const Stretch *stretch = &lister->stretches[i];
        if (stretch->is_busy && stretch->is_waiting && stretch->call.retry.due_ms - now_ms < wait_ms)
            wait_ms = stretch->call.retry.due_ms - now_ms;
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
static bool list(S3 *s3, const Order *order, size_t connections, bool *out_is_odd, Error *error)
{
    AUTO(Lister, lister_done)
    lister = {.s3 = s3, .order = order, .connections = connections, .may_part = connections > 1};
    add_range(&lister, order->prefix, order->start_after, NULL, RANGE_ALL_NAMES);
    bool is_listed = run(&lister, error);
    *out_is_odd = lister.is_odd;
    return is_listed;
}

bool s3_list(S3 *s3, const char *bucket, const char *prefix, const char *start_after, S3ObjectFunction *each,
             void *context, Error *error)
{
    assert(*bucket);
    assert(each);
    assert(s3->config->list_connections >= 1 && s3->config->list_connections <= LIMIT_LIST_CONNECTIONS);
    const Order order = {bucket, prefix, start_after, each, context};
    bool is_odd = false;
    return list(s3, &order, (size_t)s3->config->list_connections, &is_odd, error) ||
           (is_odd && list(s3, &order, 1, &is_odd, error));
}
