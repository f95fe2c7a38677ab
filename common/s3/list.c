/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "s3/call.h"
#include "s3/listing_page.h"

static bool feed_listing(void *context, Slice bytes)
{
    return listing_page_feed(context, bytes);
}

static bool read_page(S3Call *call, ListingPage *page, Error *error)
{
    S3 *s3 = call->s3;
    listing_page_begin(page);
    bool is_whole = s3_call_exchange(call, error);
    if (!is_whole && !call->is_stopped)
        return false;
    if (http_exchange_outcome(s3->exchange)->status != 200)
        return s3_call_report_refusal(call, error);
    if (listing_page_end(page, error))
        return true;
    const S3Refusal *refusal = listing_page_refusal(page);
    return refusal ? s3_request_report_refusal(s3, refusal, 200, S3_SUBJECT_BUCKET, error) : false;
}

static bool read_page_patiently(S3Call *call, ListingPage *page, Error *error)
{
    while (!read_page(call, page, error))
        if (!s3_call_again(call, error))
            return false;
    retry_reset(&call->retry);
    call->request.is_fresh = false;
    return true;
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

static bool give_objects(const ListingPage *page, const char *bucket, S3ObjectFunction *each, void *context,
                         Error *error)
{
    for (size_t i = 0; i < listing_page_count(page); i++) {
        ListedObject object = listing_page_object(page, i);
        object.bucket = bucket;
        if (!each(context, &object, error))
            return false;
    }
    return true;
}

/* Continuation tokens of one listing. A server that repeats a token would send us in a circle. We compare each token
 * with one that we keep, and replace that one after twice as many steps each time (Brent,
 * https://doi.org/10.1007/BF01933190): this finds any circle. */
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

/* S3 takes start-after for the first page only; for the others it takes the token. */
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

static bool list_pages(S3Call *call, const char *start_after, S3ObjectFunction *each, void *context, Error *error)
{
    ListingPage *page = call->context;
    AUTO(Tokens, tokens_done) tokens = {0};
    int64_t empty_pages = 0;
    for (const char *next = NULL;;) {
        ask_for_page(call, start_after, tokens.current);
        if (!read_page_patiently(call, page, error) || !check_keys(page, call->prefix, error))
            return !call->is_given_up && s3_refusal_name_object(error, call->request.bucket, call->prefix);
        if (!give_objects(page, call->request.bucket, each, context, error))
            return false;
        if (!(next = listing_page_next_token(page)))
            return true;
        empty_pages = listing_page_count(page) > 0 ? 0 : empty_pages + 1;
        if (!tokens_advance(&tokens, next, empty_pages, error))
            return s3_refusal_name_object(error, call->request.bucket, call->prefix);
    }
}

bool s3_list(S3 *s3, const char *bucket, const char *prefix, const char *start_after, S3ObjectFunction *each,
             void *context, Error *error)
{
    assert(*bucket);
    assert(each);
    AUTO_LISTING_PAGE page = listing_page_open();
    AUTO_S3_CALL call = {
        .subject = S3_SUBJECT_BUCKET, .is_listing = true, .prefix = prefix, .take_body = feed_listing, .context = page};
    s3_call_init(s3, &call);
    call.request = (S3Request){
        .method = HTTP_GET,
        .bucket = bucket,
        .key = "",
        .query = {{SLICE("list-type"), SLICE("2")},
                  {SLICE("encoding-type"), SLICE("url")},
                  {SLICE("prefix"), slice_from_text(prefix)}},
    };
    return list_pages(&call, start_after, each, context, error);
}
