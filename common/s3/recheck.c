/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/recheck.h"

#include <assert.h>

#include "base/limits.h"
#include "base/retry.h"
#include "s3/probe.h"
#include "s3/refusals.h"
#include "s3/request.h"
#include "web/http.h"

/* Tries of one object. Then the attempt at the task fails. */
#define TRIES_MAX 4

/* How often tries that are due begin, and the interrupt is looked at. */
#define LOOK_MS 100

typedef struct Recheck Recheck;

typedef struct Look {
    Recheck *recheck;
    HttpExchange *exchange;
    size_t object;
    bool is_busy;
    bool is_waiting; /* until its retry is due */
    Retry retry;
} Look;

struct Recheck {
    S3 *s3;
    const RecheckOrder *order;
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
    const TaskVersion *object = &look->recheck->order->objects[look->object];
    S3Request request = {
        .method = HTTP_HEAD,
        .bucket = object->bucket,
        .key = object->key,
        .etag = object->etag,
        .is_fresh = look->retry.tries > 0,
        .on_body = drop_body,
    };
    look->is_waiting = false;
    return s3_request_start(look->recheck->s3, look->exchange, &request, error);
}

static void tell(Look *look, bool is_gone, Error *why)
{
    const TaskVersion *object = &look->recheck->order->objects[look->object];
    s3_refusal_name_object(why, object->bucket, object->key);
    look->recheck->order->each(look->recheck->order->context, look->object, is_gone, why);
    look->is_busy = false;
}

/* False if the try told nothing about the object; error says why. */
static bool judge(Look *look, Error *error)
{
    const HttpOutcome *outcome = http_exchange_outcome(look->exchange);
    if (!outcome->is_whole)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the request broke off: %s; %s", outcome->failure,
                                 outcome->advice);
    bool is_late = look->recheck->order->since_s > 0 && outcome->modified_s > look->recheck->order->since_s;
    if (outcome->status == 200 && !is_late) {
        look->is_busy = false;
        return true;
    }
    const TaskVersion *object = &look->recheck->order->objects[look->object];
    Error why;
    if (outcome->status == 200)
        error_set_service(&why, ERROR_STALE, SERVICE_S3, "it was written again while the warehouse read it");
    else
        s3_refusal_report(&(S3Refusal){0}, outcome->status, S3_SUBJECT_OBJECT, &why);
    if (why.kind == ERROR_REJECT) /* a HEAD does not tell whether everything is denied */
        s3_probe_judge_denial(look->recheck->s3, object->bucket, object->key, &why);
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
    if (!retry_is_possible(&look->retry, error))
        return s3_refusal_name_object(error, look->recheck->order->objects[look->object].bucket,
                                      look->recheck->order->objects[look->object].key);
    look->is_waiting = true;
    retry_put_off(&look->retry);
    return true;
}

/* A look that is free takes the next object. A look whose try has ended or is due goes on. */
static bool step(Recheck *recheck, Look *look, Error *error)
{
    if (!look->is_busy) {
        if (recheck->next == recheck->order->object_count)
            return true;
        look->object = recheck->next++;
        look->is_busy = true;
        look->retry = (Retry){.backoff = recheck->s3->config->patience.backoff, .tries_max = TRIES_MAX};
        return begin_try(look, error);
    }
    if (look->is_waiting)
        return !retry_is_due(&look->retry) || begin_try(look, error);
    return !http_exchange_outcome(look->exchange)->is_ended || end_try(look, error);
}

static bool is_over(const Recheck *recheck)
{
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        if (recheck->looks[i].is_busy)
            return false;
    return recheck->next == recheck->order->object_count;
}

static bool run(Recheck *recheck, Error *error)
{
    const atomic_bool *interrupt = recheck->order->interrupt;
    while (!is_over(recheck)) {
        for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
            if (!step(recheck, &recheck->looks[i], error))
                return false;
        if (interrupt && atomic_load_explicit(interrupt, memory_order_relaxed))
            return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for S3");
        http_drive(recheck->s3->http, is_over(recheck) ? 0 : LOOK_MS);
    }
    return true;
}

bool s3_recheck(S3 *s3, const RecheckOrder *order, Error *error)
{
    assert(order->each);
    assert(order->objects || order->object_count == 0);
    Recheck recheck = {.s3 = s3, .order = order};
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        recheck.looks[i] = (Look){.recheck = &recheck, .exchange = http_exchange_open(s3->http)};
    bool is_through = run(&recheck, error);
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++)
        http_exchange_close(recheck.looks[i].exchange);
    return is_through;
}
