/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/recheck.h"

#include "base/clock.h"
#include "base/limits.h"
#include "config/backoff.h"
#include "s3/refusals.h"
#include "s3/request.h"
#include "web/http.h"

/* How soon *interrupt is noticed. */
#define STEP_MS 100

/* Tries of one object, before the task's own attempts are asked for. */
#define TRIES_MAX 4

typedef struct Verify Verify;

typedef struct Look {
    Verify *verify;
    HttpExchange *exchange;
    size_t object;
    bool is_busy;
    bool is_waiting; /* until retry_at_ms */
    unsigned tries;
    int64_t retry_at_ms;
} Look;

struct Verify {
    S3 *s3;
    const VerifyOrder *order;
    size_t next;
    Look looks[LIMIT_TRANSFERS];
};

static HttpTake drop_body(void *context, int status, Slice bytes)
{
    (void)context, (void)status, (void)bytes;
    return HTTP_TAKEN;
}

static bool begin_try(Look *look, Error *error)
{
    const FetchObject *object = &look->verify->order->objects[look->object];
    S3Request request = {
        .method = "HEAD",
        .bucket = object->bucket,
        .key = object->key,
        .etag = object->etag,
        .is_fresh = look->tries > 0,
        .on_body = drop_body,
    };
    look->is_waiting = false;
    return s3_request_start(look->verify->s3, look->exchange, &request, error);
}

static void tell(Look *look, bool is_gone, Error *why)
{
    const FetchObject *object = &look->verify->order->objects[look->object];
    s3_refusal_name_object(why, object->bucket, object->key);
    look->verify->order->each(look->verify->order->context, look->object, is_gone, why);
    look->is_busy = false;
}

/* False where the try has to be made again, or cannot. */
static bool judge(Look *look, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(look->exchange);
    if (!outcome->is_whole)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the request broke off: %s; %s", outcome->failure,
                                 outcome->advice);
    bool is_late = look->verify->order->since_s > 0 && outcome->modified_s > look->verify->order->since_s;
    if (outcome->status == 200 && !is_late) {
        look->is_busy = false;
        return true;
    }
    Error why;
    if (outcome->status == 200)
        error_set_service(&why, ERROR_STALE, SERVICE_S3, "it was written anew while the warehouse read it");
    else
        s3_refusal_report(&(S3Refusal){0}, outcome->status, S3_SUBJECT_OBJECT, &why);
    if (why.kind != ERROR_STALE && why.kind != ERROR_REJECT) {
        *error = why;
        return false;
    }
    tell(look, outcome->status == 404, &why);
    return true;
}

static bool end_try(Look *look, Error *error)
{
    if (judge(look, error))
        return true;
    if (error->kind != ERROR_RETRY || ++look->tries >= TRIES_MAX)
        return s3_refusal_name_object(error, look->verify->order->objects[look->object].bucket,
                                      look->verify->order->objects[look->object].key);
    look->is_waiting = true;
    look->retry_at_ms = clock_now_ms() + backoff_next_ms(backoff_of_retry(look->verify->s3->config), look->tries - 1);
    return true;
}

/* One that is free takes the next object; one that is due or ended goes on. */
static bool step(Verify *verify, Look *look, Error *error)
{
    if (!look->is_busy) {
        if (verify->next == verify->order->object_count)
            return true;
        look->object = verify->next++;
        look->is_busy = true;
        look->tries = 0;
        return begin_try(look, error);
    }
    if (look->is_waiting)
        return clock_now_ms() < look->retry_at_ms || begin_try(look, error);
    return !http_exchange_outcome(look->exchange)->is_ended || end_try(look, error);
}

static bool is_over(const Verify *verify)
{
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        if (verify->looks[i].is_busy)
            return false;
    return verify->next == verify->order->object_count;
}

static bool run(Verify *verify, Error *error)
{
    const atomic_bool *interrupt = verify->order->interrupt;
    while (!is_over(verify)) {
        for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
            if (!step(verify, &verify->looks[i], error))
                return false;
        if (interrupt && atomic_load_explicit(interrupt, memory_order_relaxed))
            return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for S3");
        http_drive(verify->s3->http, is_over(verify) ? 0 : STEP_MS);
    }
    return true;
}

bool s3_verify(S3 *s3, const VerifyOrder *order, Error *error)
{
    Verify verify = {.s3 = s3, .order = order};
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        verify.looks[i] = (Look){.verify = &verify, .exchange = http_exchange_open(s3->http)};
    bool is_through = run(&verify, error);
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        http_exchange_close(verify.looks[i].exchange);
    return is_through;
}
