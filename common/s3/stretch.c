/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/stretch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/retry.h"
#include "s3/request.h"
#include "web/http.h"
#include "web/xml.h"

/* More than a page may have, by more than what comes at once, so that the parser finds it too long. */
#define BODY_BYTES_MAX (XML_DOCUMENT_BYTES_MAX + MIB)

/* An answer of 1,000 everyday keys has some 300 KiB. */
#define BODY_BYTES_KEPT MIB

static void replace_text(char **text, char *other)
{
    free(*text);
    *text = other;
}

void stretch_free_range(Range *range)
{
    free(range->prefix);
    free(range->after);
    border_close(range->end);
    *range = (Range){0};
}

static void tokens_done(Tokens *tokens)
{
    free(tokens->current);
    free(tokens->kept);
    *tokens = (Tokens){0};
}

static bool tokens_advance(Tokens *tokens, const char *next, int64_t empty_pages, Error *error)
{
    if (empty_pages > LIMIT_EMPTY_PAGES)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3,
                                 "the listing does not go on: %" PRId64 " pages without an object", empty_pages);
    if (tokens->kept && strcmp(tokens->kept, next) == 0)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing does not go on: the same page again");
    if (++tokens->steps >= tokens->steps_max) {
        replace_text(&tokens->kept, memory_copy_text(next));
        tokens->steps_max = 2 * tokens->steps_max + 1;
        tokens->steps = 0;
    }
    replace_text(&tokens->current, memory_copy_text(next));
    return true;
}

/* Counts what the stretch holds now. */
static void count_bytes(Stretch *stretch)
{
    size_t bytes = stretch->body.capacity + listing_page_bytes(stretch->page);
    stretch->share->bytes += bytes - stretch->bytes;
    stretch->bytes = bytes;
}

/* One stretch alone may have what a page may have: then the parser refuses what is longer. */
static bool keep_body(void *context, Slice bytes)
{
    Stretch *stretch = context;
    if (!buffer_append(&stretch->body, bytes))
        return false;
    count_bytes(stretch);
    stretch->is_too_much = stretch->share->is_parted && stretch->share->bytes > LIMIT_LISTING_BYTES;
    return !stretch->is_too_much;
}

/* An answer is long for once: its memory is not kept. */
static void drop_body(Stretch *stretch)
{
    if (stretch->body.capacity > BODY_BYTES_KEPT)
        buffer_done(&stretch->body);
    count_bytes(stretch);
}

void stretch_init(Stretch *stretch, S3 *s3, const char *bucket, StretchShare *share)
{
    stretch->share = share;
    stretch->page = listing_page_open();
    buffer_init(&stretch->body, BODY_BYTES_MAX);
    stretch->call = (S3Call){.request = {.method = HTTP_GET, .bucket = bucket, .key = ""},
                             .subject = S3_SUBJECT_BUCKET,
                             .is_listing = true,
                             .told = &share->told,
                             .take_body = keep_body,
                             .context = stretch};
    s3_call_init(s3, &stretch->call);
    stretch->call.exchange = http_exchange_open(s3->http);
}

void stretch_done(Stretch *stretch)
{
    if (!stretch->page)
        return;
    stretch_end(stretch);
    http_exchange_close(stretch->call.exchange);
    s3_call_done(&stretch->call);
    listing_page_close(stretch->page);
    buffer_done(&stretch->body);
}

bool stretch_begin(Stretch *stretch, Range *range, Error *error)
{
    assert(!stretch->is_busy);
    stretch->range = *range;
    *range = (Range){0};
    stretch->folder = memory_copy_text(stretch->range.prefix);
    stretch->position = memory_copy_text(stretch->range.after);
    stretch->is_busy = true;
    return stretch_ask(stretch, error);
}

void stretch_end(Stretch *stretch)
{
    http_exchange_stop(stretch->call.exchange);
    stretch_free_range(&stretch->range);
    replace_text(&stretch->folder, NULL);
    replace_text(&stretch->position, NULL);
    replace_text(&stretch->names, NULL);
    replace_text(&stretch->vain, NULL);
    tokens_done(&stretch->tokens);
    stretch->empty_pages = 0;
    stretch->given = 0;
    stretch->is_busy = stretch->is_held = stretch->is_waiting = false;
}

/* S3 takes start-after for the first page only; for the others it takes the token. */
static void set_query(Stretch *stretch)
{
    S3Request *request = &stretch->call.request;
    const char *prefix = stretch->names ? stretch->names : stretch->range.prefix;
    request->query[0] = (Sigv4Pair){SLICE("list-type"), SLICE("2")};
    request->query[1] = (Sigv4Pair){SLICE("encoding-type"), SLICE("url")};
    request->query[2] = (Sigv4Pair){SLICE("prefix"), slice_from_text(prefix)};
    request->query_count = 3;
    Sigv4Pair *more = &request->query[3];
    if (stretch->names)
        *more = (Sigv4Pair){SLICE("delimiter"), SLICE("/")};
    else if (stretch->tokens.current)
        *more = (Sigv4Pair){SLICE("continuation-token"), slice_from_text(stretch->tokens.current)};
    else if (*stretch->range.after)
        *more = (Sigv4Pair){SLICE("start-after"), slice_from_text(stretch->range.after)};
    else
        return;
    request->query_count++;
}

static bool put_off(Stretch *stretch, Error *error)
{
    stretch->is_waiting = s3_call_put_off(&stretch->call, error);
    return stretch->is_waiting;
}

static bool begin_try(Stretch *stretch, Error *error)
{
    stretch->is_waiting = false;
    stretch->call.is_trial = stretch->names || stretch->share->is_parted;
    buffer_clear(&stretch->body);
    return s3_call_begin(&stretch->call, error) || put_off(stretch, error);
}

bool stretch_ask(Stretch *stretch, Error *error)
{
    replace_text(&stretch->names, NULL);
    set_query(stretch);
    return begin_try(stretch, error);
}

bool stretch_ask_names(Stretch *stretch, char *names, bool is_like, Error *error)
{
    replace_text(&stretch->names, names);
    stretch->is_like = is_like;
    set_query(stretch);
    return begin_try(stretch, error);
}

static bool parse_page(Stretch *stretch, ListingPage *page, Error *error)
{
    S3Call *call = &stretch->call;
    listing_page_begin(page);
    (void)!listing_page_feed(page, buffer_slice(&stretch->body));
    if (listing_page_end(page, error))
        return true;
    const S3Refusal *refusal = listing_page_refusal(page);
    return refusal && s3_call_report(call, refusal, 200, error);
}

static bool read_page(Stretch *stretch, Error *error)
{
    S3Call *call = &stretch->call;
    if (stretch->is_too_much)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: its pages are too long");
    if (!s3_call_end(call, error) && !call->is_stopped)
        return false;
    if (http_exchange_outcome(call->exchange)->status != 200)
        return s3_call_report_refusal(call, error);
    bool is_page = parse_page(stretch, stretch->names ? stretch->share->names : stretch->page, error);
    drop_body(stretch);
    return is_page;
}

int64_t stretch_wait_ms(const Stretch *stretch)
{
    if (stretch->is_held)
        return border_is_known(stretch->range.end) ? 0 : INT64_MAX;
    if (stretch->is_waiting)
        return stretch->call.retry.due_ms - clock_now_ms();
    return http_exchange_outcome(stretch->call.exchange)->is_ended ? 0 : INT64_MAX;
}

StretchStep stretch_look(Stretch *stretch, Error *error)
{
    S3Call *call = &stretch->call;
    if (stretch->is_waiting) {
        bool is_fine = !retry_is_due(&call->retry) || begin_try(stretch, error);
        return is_fine ? STRETCH_UNDER_WAY : STRETCH_FAILED;
    }
    if (!http_exchange_outcome(call->exchange)->is_ended)
        return STRETCH_UNDER_WAY;
    bool is_page = read_page(stretch, error);
    if (stretch->is_too_much)
        return STRETCH_FAILED;
    if (!is_page && !stretch->names)
        return put_off(stretch, error) ? STRETCH_UNDER_WAY : STRETCH_FAILED;
    retry_reset(&call->retry);
    call->request.is_fresh = !is_page;
    if (is_page)
        *call->told = 0;
    return !stretch->names ? STRETCH_PAGE : is_page ? STRETCH_NAMES : STRETCH_NO_NAMES;
}

bool stretch_is_ordered(const Stretch *stretch)
{
    const char *before = stretch->position;
    for (size_t i = 0; i < listing_page_count(stretch->page); i++) {
        const char *key = listing_page_object(stretch->page, i).key;
        if (strcmp(key, before) <= 0)
            return false;
        before = key;
    }
    return true;
}

bool stretch_advance(Stretch *stretch, Error *error)
{
    const char *next = listing_page_next_token(stretch->page);
    size_t count = listing_page_count(stretch->page);
    assert(next);
    if (count > 0)
        replace_text(&stretch->position, memory_copy_text(listing_page_object(stretch->page, count - 1).key));
    stretch->empty_pages = count > 0 ? 0 : stretch->empty_pages + 1;
    return tokens_advance(&stretch->tokens, next, stretch->empty_pages, error);
}

void stretch_end_names(Stretch *stretch)
{
    replace_text(&stretch->vain, memory_copy_text(stretch->names));
}

bool stretch_is_at_beginning(const Stretch *stretch)
{
    return !*stretch->range.after && !stretch->tokens.current && listing_page_next_token(stretch->page);
}

void stretch_set_folder(Stretch *stretch, const char *folder)
{
    replace_text(&stretch->folder, memory_copy_text(folder));
}
