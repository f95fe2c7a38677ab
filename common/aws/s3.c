/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/s3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aws/http.h"
#include "aws/listing.h"
#include "aws/s3_refusal.h"
#include "aws/s3_request.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/stop.h"

/* How soon a wish to stop is noticed. */
#define STEP_MS 100

/* A refusal is some hundred bytes of XML; of anything longer the beginning does. */
#define REFUSAL_BYTES_MAX (16 * KIB)

#define REQUEST_TEXT_MAX (64 * KIB)

static void init_texts(S3 *s3)
{
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query, &s3->authorization, &s3->headers};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_init(buffers[i], REQUEST_TEXT_MAX);
}

bool s3_open(const Config *config, S3 **out_s3, Error *error)
{
    AUTO_S3 s3 = memory_alloc_zeroed(1, sizeof *s3);
    s3->config = config;
    init_texts(s3);
    s3->region = credentials_find_region(config);
    AUTO_FREE char *url = credentials_find_endpoint_url(config, s3->region);
    if (!s3_endpoint_parse(&s3->endpoint, url, config->aws_path_style, error) ||
        !credentials_find(config, &s3->credentials, error))
        return false;
    s3->http = http_open(config->connect_timeout_s, config->stall_s);
    s3->exchange = http_exchange_open(s3->http);
    *out_s3 = take(s3);
    return true;
}

void s3_close(S3 *s3)
{
    if (!s3)
        return;
    http_exchange_close(s3->exchange);
    http_close(s3->http);
    s3_endpoint_done(&s3->endpoint);
    credentials_done(&s3->credentials);
    if (s3->headers.data)
        explicit_bzero(s3->headers.data, s3->headers.capacity);
    Buffer *const buffers[] = {&s3->host, &s3->path, &s3->url, &s3->query, &s3->authorization, &s3->headers};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_done(buffers[i]);
    free(s3->region);
    free(s3);
}

void s3_set_notice(S3 *s3, S3NoticeFunction *notice, void *context)
{
    s3->notice = notice;
    s3->notice_context = context;
}

int64_t s3_request_count(const S3 *s3)
{
    return s3->request_count;
}

void s3_set_meanwhile(S3 *s3, S3MeanwhileFunction *meanwhile, void *context)
{
    s3->meanwhile = meanwhile;
    s3->meanwhile_context = context;
}

/* One request whose body is taken as it comes, or is a refusal. */
typedef struct Call {
    S3Request request;
    S3Subject subject;
    const char *prefix; /* of a listing */
    bool (*take_body)(void *context, Slice bytes);
    void *context;
    bool is_listing;
    bool is_stopped;     /* by take_body */
    bool is_given_up;    /* for what goes on meanwhile */
    bool is_denied;      /* for what these credentials may do */
    int64_t deadline_ms; /* of the whole answer; 0: none but a stall's */
    Buffer refusal;
} Call;

static void call_done(Call *call)
{
    buffer_done(&call->refusal);
}

static HttpTake take_body(void *context, int status, Slice bytes)
{
    Call *call = context;
    if (status == 200) {
        call->is_stopped = !call->take_body(call->context, bytes);
        return call->is_stopped ? HTTP_STOP : HTTP_TAKEN;
    }
    /* A refusal longer than the buffer is no XML that we could read anyway. */
    (void)!buffer_append(&call->refusal, bytes);
    return HTTP_TAKEN;
}

/* While a call waits: false where it is to end. */
static bool may_go_on(S3 *s3, Call *call, Error *error)
{
    if (stop_is_requested())
        return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for S3");
    call->is_given_up = call->is_listing && s3->meanwhile && !s3->meanwhile(s3->meanwhile_context, error);
    return !call->is_given_up;
}

/* Runs the request to its end: false where no answer came whole; a status may still be a refusal. */
static bool exchange_once(S3 *s3, Call *call, Error *error)
{
    buffer_clear(&call->refusal);
    call->is_stopped = false;
    call->request.on_body = take_body;
    call->request.context = call;
    if (!s3_request_start(s3, s3->exchange, &call->request, error))
        return false;
    const HttpOutcome *outcome = http_exchange_outcome(s3->exchange);
    http_drive(s3->http, 0);
    while (!outcome->is_ended) {
        if (!may_go_on(s3, call, error)) {
            http_exchange_stop(s3->exchange);
            return false;
        }
        if (call->deadline_ms > 0 && clock_now_ms() > call->deadline_ms) {
            http_exchange_stop(s3->exchange);
            return error_set_service(error, ERROR_RETRY, SERVICE_S3, "%s does not answer; check that it is well",
                                     s3->endpoint.host);
        }
        http_drive(s3->http, STEP_MS);
    }
    if (!outcome->is_whole)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3,
                                 "the request to %s broke off: %s; check that the endpoint can be reached",
                                 s3->endpoint.host, outcome->failure);
    return true;
}

static bool report_refusal(S3 *s3, Call *call, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(s3->exchange);
    S3Refusal refusal = {0};
    if (call->refusal.length > 0)
        s3_refusal_parse(&refusal, buffer_slice(&call->refusal));
    if (outcome->region[0])
        memcpy(refusal.region, outcome->region, sizeof refusal.region);
    call->is_denied = s3_refusal_is_denial(&refusal, outcome->status);
    return s3_refusal_report(&refusal, outcome->status, call->subject, error);
}

/* Waits before the next attempt; false, with the error left as it was or why the call ends, where there is none. */
static bool may_try_again(S3 *s3, Call *call, unsigned attempt, Error *error)
{
    if (call->is_given_up || error->kind != ERROR_RETRY || (int64_t)attempt + 1 >= s3->config->attempts_max)
        return false;
    if (call->is_listing && s3->notice && attempt > 0)
        s3->notice(s3->notice_context, error);
    int64_t end_ms = clock_now_ms() + backoff_next_ms(backoff_of_retry(s3->config), attempt);
    while (may_go_on(s3, call, error)) {
        int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0)
            return true;
        stop_wait_ms(left_ms < STEP_MS ? left_ms : STEP_MS);
    }
    return false;
}

static bool feed_listing(void *context, Slice bytes)
{
    return listing_feed(context, bytes);
}

static bool read_page(S3 *s3, Call *call, Listing *listing, Error *error)
{
    listing_begin(listing);
    bool is_whole = exchange_once(s3, call, error);
    if (!is_whole && !call->is_stopped)
        return false;
    if (http_exchange_outcome(s3->exchange)->status != 200)
        return report_refusal(s3, call, error);
    if (listing_end(listing, error))
        return true;
    const S3Refusal *refusal = listing_refusal(listing);
    return refusal ? s3_refusal_report(refusal, 200, S3_SUBJECT_BUCKET, error) : false;
}

static bool read_page_patiently(S3 *s3, Call *call, Listing *listing, Error *error)
{
    for (unsigned attempt = 0; !read_page(s3, call, listing, error); attempt++) {
        if (!may_try_again(s3, call, attempt, error))
            return false;
        call->request.is_fresh = true;
    }
    call->request.is_fresh = false;
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
static void ask_for_page(Call *call, const char *start_after, const char *token)
{
    call->request.query_count = 3;
    if (token)
        call->request.query[call->request.query_count++] =
            (Sigv4Pair){SLICE("continuation-token"), slice_from_text(token)};
    else if (*start_after)
        call->request.query[call->request.query_count++] =
            (Sigv4Pair){SLICE("start-after"), slice_from_text(start_after)};
}

static bool list_pages(S3 *s3, Call *call, const char *start_after, S3EntryFunction *each, void *context, Error *error)
{
    Listing *listing = call->context;
    AUTO(Tokens, tokens_done) tokens = {0};
    int64_t empty_pages = 0;
    for (const char *next = NULL;;) {
        ask_for_page(call, start_after, tokens.current);
        if (!read_page_patiently(s3, call, listing, error))
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
    AUTO(Call, call_done)
    call = {.subject = S3_SUBJECT_BUCKET,
            .is_listing = true,
            .prefix = prefix,
            .take_body = feed_listing,
            .context = listing};
    buffer_init(&call.refusal, REFUSAL_BYTES_MAX);
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

/* What s3_get has so far. */
typedef struct Body {
    Buffer *bytes;
    bool is_too_long;
} Body;

static bool append_body(void *context, Slice bytes)
{
    Body *body = context;
    body->is_too_long = !buffer_append(body->bytes, bytes);
    return !body->is_too_long;
}

static bool read_object(S3 *s3, Call *call, Body *body, Error *error)
{
    if (!exchange_once(s3, call, error)) {
        if (!body->is_too_long)
            return false;
        return error_set(error, ERROR_REJECT, "it is longer than the %zu bytes that it may have", body->bytes->maximum);
    }
    return http_exchange_outcome(s3->exchange)->status == 200 || report_refusal(s3, call, error);
}

bool s3_get(S3 *s3, const char *bucket, const char *key, Buffer *bytes, Error *error)
{
    size_t length = bytes->length;
    Body body = {.bytes = bytes};
    AUTO(Call, call_done) call = {.subject = S3_SUBJECT_OBJECT, .take_body = append_body, .context = &body};
    buffer_init(&call.refusal, REFUSAL_BYTES_MAX);
    call.request = (S3Request){.method = "GET", .bucket = bucket, .key = key};

    for (unsigned attempt = 0; !read_object(s3, &call, &body, error); attempt++) {
        bytes->length = length;
        if (may_try_again(s3, &call, attempt, error)) {
            call.request.is_fresh = true;
            continue;
        }
        if (call.is_denied)
            s3_judge_denial(s3, bucket, key, error);
        return s3_refusal_name_object(error, bucket, key);
    }
    return true;
}

static bool drop_body(void *context, Slice bytes)
{
    (void)context, (void)bytes;
    return true;
}

/* Asks the bucket itself: whether an answer came that is none of a broken server. It gets less time than a transfer:
 * whoever waits an outage out is to notice soon that it is over. */
static bool ask_bucket(S3 *s3, Call *call, Error *error)
{
    call->subject = S3_SUBJECT_BUCKET;
    call->take_body = drop_body;
    call->deadline_ms = clock_now_ms() + s3->config->connect_timeout_s * 1000;
    call->request.key = "";
    call->request.is_fresh = true;
    buffer_init(&call->refusal, REFUSAL_BYTES_MAX);
    if (!exchange_once(s3, call, error))
        return false;
    int status = http_exchange_outcome(s3->exchange)->status;
    return status < 500 || status == 501 || report_refusal(s3, call, error);
}

bool s3_probe(S3 *s3, const char *bucket, Error *error)
{
    AUTO(Call, call_done) call = {.request = {.method = "HEAD", .bucket = bucket}};
    return ask_bucket(s3, &call, error) || s3_refusal_name_object(error, bucket, "");
}

/* Not by HEAD: a right to list that is bound to a prefix, as policies often have it, says no to that. */
void s3_judge_denial(S3 *s3, const char *bucket, const char *key, Error *error)
{
    const char *slash = strrchr(key, '/');
    Slice folder = {key, slash ? (size_t)(slash - key) + 1 : 0};
    AUTO(Call, call_done)
    call = {.request = {
                .method = "GET",
                .bucket = bucket,
                .query = {{SLICE("list-type"), SLICE("2")}, {SLICE("max-keys"), SLICE("1")}, {SLICE("prefix"), folder}},
                .query_count = 3}};
    if (!ask_bucket(s3, &call, error))
        return;
    int status = http_exchange_outcome(s3->exchange)->status;
    if (status == 401 || status == 403)
        error_set_service(
            error, ERROR_FATAL, SERVICE_S3,
            "S3 denies these credentials the object, and to list its folder in the bucket %s: allow them s3:ListBucket "
            "on the bucket and s3:GetObject in it",
            bucket);
}
