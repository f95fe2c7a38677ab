/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "s3/call.h"
#include "s3/listing_page.h"

static bool feed_listing(void *context, Slice bytes)
{
    return listing_feed(context, bytes);
}

static bool read_page(S3 *s3, S3Call *call, Listing *listing, Error *error)
{
    listing_begin(listing);
    bool is_whole = s3_call_exchange(s3, call, error);
    if (!is_whole && !call->is_stopped)
        return false;
    if (http_exchange_outcome(s3->exchange)->status != 200)
        return s3_call_report_refusal(s3, call, error);
    if (listing_end(listing, error))
        return true;
    const S3Refusal *refusal = listing_refusal(listing);
    return refusal ? s3_refusal_report(refusal, 200, S3_SUBJECT_BUCKET, error) : false;
}

static bool read_page_patiently(S3 *s3, S3Call *call, Listing *listing, Error *error)
{
    for (unsigned attempt = 0; !read_page(s3, call, listing, error); attempt++) {
        if (!s3_call_may_try_again(s3, call, attempt, error))
            return false;
        call->request.is_fresh = true;
    }
    call->request.is_fresh = false;
    return true;
}

/* A key that nobody asked for is not the dataset's. Whoever cuts the prefix off it would read beyond its end. */
static bool check_keys(const Listing *listing, const char *prefix, Error *error)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < listing_count(listing); i++)
        if (strncmp(listing_entry(listing, i).key, prefix, length) != 0)
            return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                                     "the listing cannot be read: a Key is outside of the prefix that was asked for; "
                                     "check [AWS] ENDPOINT_URL");
    return true;
}

static bool give_entries(const Listing *listing, S3EntryFunction *each, void *context, Error *error)
{
    for (size_t i = 0; i < listing_count(listing); i++) {
        S3Entry entry = listing_entry(listing, i);
        if (!each(context, &entry, error))
            return false;
    }
    return true;
}

/* Continuation tokens of one listing. A server that gives one again sends us in a circle: each is compared with one
 * that is kept for twice as long each time (Brent, https://doi.org/10.1007/BF01933190), so any circle is found. */
typedef struct Tokens {
    char *current; /* NULL: the first page */
    char *kept;
    int64_t steps;
    int64_t steps_max;
} Tokens;

static void tokens_done(Tokens *tokens)
{
    free(tokens->current);
    free(tokens->kept);
}

static bool tokens_advance(Tokens *tokens, const char *next, int64_t empty_pages, Error *error)
{
    if (empty_pages > LIMIT_EMPTY_PAGES)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3,
                                 "the listing does not go on: %" PRId64 " pages without an object", empty_pages);
    if (tokens->kept && strcmp(tokens->kept, next) == 0)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing does not go on: the same page again");
    if (++tokens->steps >= tokens->steps_max) {
        free(tokens->kept);
        tokens->kept = memory_copy_text(next);
        tokens->steps_max = 2 * tokens->steps_max + 1;
        tokens->steps = 0;
    }
    free(tokens->current);
    tokens->current = memory_copy_text(next);
    return true;
}

/* S3 takes start-after on the first page only, the token carries on from there. */
static void ask_for_page(S3Call *call, const char *start_after, const char *token)
{
    call->request.query_count = 3;
    if (token)
        call->request.query[call->request.query_count++] =
            (Sigv4Pair){SLICE("continuation-token"), slice_from_text(token)};
    else if (*start_after)
        call->request.query[call->request.query_count++] =
            (Sigv4Pair){SLICE("start-after"), slice_from_text(start_after)};
}

static bool list_pages(S3 *s3, S3Call *call, const char *start_after, S3EntryFunction *each, void *context,
                       Error *error)
{
    Listing *listing = call->context;
    AUTO(Tokens, tokens_done) tokens = {0};
    int64_t empty_pages = 0;
    for (const char *next = NULL;;) {
        ask_for_page(call, start_after, tokens.current);
        if (!read_page_patiently(s3, call, listing, error) || !check_keys(listing, call->prefix, error))
            return !call->is_given_up && s3_refusal_name_object(error, call->request.bucket, call->prefix);
        if (!give_entries(listing, each, context, error))
            return false;
        if (!(next = listing_next_token(listing)))
            return true;
        empty_pages = listing_count(listing) > 0 ? 0 : empty_pages + 1;
        if (!tokens_advance(&tokens, next, empty_pages, error))
            return s3_refusal_name_object(error, call->request.bucket, call->prefix);
    }
}

bool s3_list(S3 *s3, const char *bucket, const char *prefix, const char *start_after, S3EntryFunction *each,
             void *context, Error *error)
{
    AUTO_LISTING listing = listing_open();
    AUTO_S3_CALL call = {.subject = S3_SUBJECT_BUCKET,
                         .is_listing = true,
                         .prefix = prefix,
                         .take_body = feed_listing,
                         .context = listing};
    s3_call_init(&call);
    call.request = (S3Request){
        .method = "GET",
        .bucket = bucket,
        .key = "",
        .query = {{SLICE("list-type"), SLICE("2")},
                  {SLICE("encoding-type"), SLICE("url")},
                  {SLICE("prefix"), slice_from_text(prefix)}},
    };
    return list_pages(s3, &call, start_after, each, context, error);
}
