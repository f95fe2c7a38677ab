/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "s3/decompress.h"
#include "s3/refusals.h"
#include "s3/request.h"
#include "web/http.h"

/* How soon *interrupt is noticed. */
#define STEP_MS 100

/* Tries of one transfer that bring nothing new, before the task's own attempts are asked for. */
#define TRIES_MAX 4

#define REFUSAL_BYTES_MAX (16 * KIB)

typedef enum TransferState {
    TRANSFER_IDLE,
    TRANSFER_RUNNING,
    TRANSFER_WAITING, /* until retry_at_ms, then it is gone on with */
    TRANSFER_WHOLE,
    TRANSFER_FAILED,
} TransferState;

/* One object under way, or waiting to be read; its memory serves one object after the other. */
typedef struct Transfer {
    Fetch *fetch;
    HttpExchange *exchange;
    const FetchObject *object;
    TransferState state;
    Buffer body; /* what has arrived and was not pulled yet; or, where is_given, what the last pull gave */
    bool is_given;
    bool is_paused;
    int64_t received;  /* body bytes, over all tries */
    int64_t skip;      /* bytes to drop: the server sent the whole object where a range was asked for */
    int64_t try_start; /* what received was when this try began */
    bool has_answer;   /* this try's first body bytes have come, */
    bool is_denied;    /* S3 refused, for what these credentials may do */
    bool is_misfit;    /* and were not those that were asked for */
    unsigned tries;
    int64_t retry_at_ms;
    Buffer refusal;
    Error error;
} Transfer;

struct Fetch {
    S3 *s3;
    const FetchObject *objects;
    size_t object_count;
    size_t started; /* objects that have been given a transfer */
    size_t next;    /* objects that fetch_next has gone to; the one before is read now */
    const atomic_bool *interrupt;
    Decompress *decompress;
    const char *away_bucket; /* that did not answer when it was asked; NULL: none */
    Transfer transfers[LIMIT_TRANSFERS];
};

/* Object n has transfer n modulo their number: they are given out and read in the same order. */
static Transfer *transfer_of(Fetch *fetch, size_t object)
{
    return &fetch->transfers[object % LIMIT_TRANSFERS];
}

static Transfer *current_transfer(Fetch *fetch)
{
    assert(fetch->next > 0);
    return transfer_of(fetch, fetch->next - 1);
}

/* The first body bytes of a try: do they begin where the try has to go on? */
static bool check_answer(Transfer *transfer, int status)
{
    if (transfer->has_answer)
        return true;
    transfer->has_answer = true;
    transfer->skip = status == 200 ? transfer->try_start : 0;
    return status == 200 || http_exchange_outcome(transfer->exchange)->range_start == transfer->try_start;
}

static HttpTake take_body(void *context, int status, Slice bytes)
{
    Transfer *transfer = context;
    if (status != 200 && status != 206) {
        /* A refusal longer than the buffer is no XML that we could read anyway. */
        (void)!buffer_append(&transfer->refusal, bytes);
        return HTTP_TAKEN;
    }
    size_t dropped = 0;
    if (check_answer(transfer, status))
        dropped = (int64_t)bytes.length < transfer->skip ? bytes.length : (size_t)transfer->skip;
    else
        transfer->is_misfit = true;
    Slice rest = {bytes.data + dropped, bytes.length - dropped};
    if (transfer->received + (int64_t)rest.length > transfer->object->size)
        transfer->is_misfit = true;
    if (transfer->is_misfit)
        return HTTP_STOP;
    if (!buffer_append(&transfer->body, rest)) {
        transfer->is_paused = true;
        return HTTP_PAUSE;
    }
    transfer->skip -= (int64_t)dropped;
    transfer->received += (int64_t)rest.length;
    return HTTP_TAKEN;
}

static void begin_try(Transfer *transfer)
{
    S3Request request = {
        .method = "GET",
        .bucket = transfer->object->bucket,
        .key = transfer->object->key,
        .etag = transfer->object->etag,
        .from_byte = transfer->received,
        .is_fresh = transfer->tries > 0,
        .on_body = take_body,
        .context = transfer,
    };
    buffer_clear(&transfer->refusal);
    transfer->try_start = transfer->received;
    transfer->has_answer = transfer->is_misfit = transfer->is_paused = false;
    bool is_started = s3_request_start(transfer->fetch->s3, transfer->exchange, &request, &transfer->error);
    transfer->state = is_started ? TRANSFER_RUNNING : TRANSFER_FAILED;
}

/* What the try came to; true where the body is whole. */
static bool judge_try(Transfer *transfer)
{
    const HttpOutcome *outcome = http_exchange_outcome(transfer->exchange);
    Error *error = &transfer->error;
    bool is_body = outcome->status == 200 || outcome->status == 206;
    bool is_behind_end = outcome->status == 416; /* of a shorter object, when its end had been taken for a break */
    if (outcome->is_whole && (is_behind_end || (is_body && transfer->received != transfer->object->size)))
        transfer->is_misfit = true;
    if (transfer->is_misfit) /* run_unread.sql knows it by its words */
        return error_set_service(
            error, ERROR_RETRY, SERVICE_S3,
            "S3 sent other bytes than the %lld that were listed and asked for; does the server, or a "
            "proxy before it, unpack or change what it sends?",
            (long long)transfer->object->size);
    if (is_body && transfer->received == transfer->object->size)
        return true;
    if (!outcome->is_whole)
        return error_set_service(
            error, ERROR_RETRY, SERVICE_S3, "the transfer broke off after %lld of %lld bytes: %s; %s",
            (long long)transfer->received, (long long)transfer->object->size, outcome->failure, outcome->advice);
    S3Refusal refusal = {0};
    if (transfer->refusal.length > 0)
        s3_refusal_parse(&refusal, buffer_slice(&transfer->refusal));
    transfer->is_denied = s3_refusal_is_denial(&refusal, outcome->status);
    return s3_refusal_report(&refusal, outcome->status, S3_SUBJECT_OBJECT, error);
}

/* After a try that was silent: the others that are would each be so for as long again. */
static bool is_away(Fetch *fetch, const char *bucket)
{
    Error reason;
    if (fetch->away_bucket && strcmp(fetch->away_bucket, bucket) == 0)
        return true;
    if (s3_probe(fetch->s3, bucket, &reason) || reason.kind == ERROR_INTERRUPTED)
        return false;
    fetch->away_bucket = bucket;
    return true;
}

static void end_try(Transfer *transfer)
{
    if (judge_try(transfer)) {
        transfer->state = TRANSFER_WHOLE;
        return;
    }
    bool is_moving = transfer->received - transfer->try_start >= (int64_t)LIMIT_TRANSFER_BYTES;
    transfer->tries = is_moving ? 1 : transfer->tries + 1;
    bool is_final =
        transfer->error.kind != ERROR_RETRY || transfer->tries >= TRIES_MAX ||
        (http_exchange_outcome(transfer->exchange)->is_silent && is_away(transfer->fetch, transfer->object->bucket));
    /* Where a server writes length and ETag one after the other, its listing may have the one of the old content and
     * the other of the new one. */
    if (is_final && transfer->is_misfit)
        transfer->error.kind = ERROR_STALE;
    transfer->state = is_final ? TRANSFER_FAILED : TRANSFER_WAITING;
    transfer->retry_at_ms =
        clock_now_ms() + backoff_next_ms(backoff_of_retry(transfer->fetch->s3->config), transfer->tries - 1);
}

/* Begins the tries that are due; how long a wait may be until the next one is. */
static int begin_due_tries(Fetch *fetch, int wait_ms)
{
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++) {
        Transfer *transfer = &fetch->transfers[i];
        if (transfer->state != TRANSFER_WAITING)
            continue;
        int64_t left_ms = transfer->retry_at_ms - clock_now_ms();
        if (left_ms <= 0)
            begin_try(transfer);
        else if (left_ms < wait_ms)
            wait_ms = (int)left_ms;
    }
    return wait_ms;
}

/* Moves all transfers on by what can be done now, after waiting for up to wait_ms. */
static void drive(Fetch *fetch, int wait_ms)
{
    http_drive(fetch->s3->http, begin_due_tries(fetch, wait_ms));
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++) {
        Transfer *transfer = &fetch->transfers[i];
        if (transfer->state == TRANSFER_RUNNING && http_exchange_outcome(transfer->exchange)->is_ended)
            end_try(transfer);
    }
}

static bool check_interrupt(const Fetch *fetch, Error *error)
{
    bool is_set = fetch->interrupt && atomic_load_explicit(fetch->interrupt, memory_order_relaxed);
    return !is_set || error_set(error, ERROR_INTERRUPTED, "stopped while an object was read");
}

/* The source of the decompression: the body of the current object, as it comes. */
static bool pull_body(void *context, Slice *out_bytes, Error *error)
{
    Fetch *fetch = context;
    Transfer *transfer = current_transfer(fetch);
    if (transfer->is_given)
        buffer_clear(&transfer->body);
    transfer->is_given = false;
    if (transfer->is_paused && transfer->body.length == 0) {
        transfer->is_paused = false;
        http_exchange_resume(transfer->exchange);
    }
    for (int wait_ms = 0; transfer->body.length == 0; wait_ms = STEP_MS) {
        if (transfer->state == TRANSFER_FAILED) {
            *error = transfer->error;
            return false;
        }
        if (transfer->state == TRANSFER_WHOLE)
            break;
        if (!check_interrupt(fetch, error))
            return false;
        drive(fetch, wait_ms);
    }
    /* Bytes that unpack to nothing are looked at nowhere else. */
    if (!check_interrupt(fetch, error))
        return false;
    transfer->is_given = true;
    *out_bytes = buffer_slice(&transfer->body);
    return true;
}

static void start_transfer(Fetch *fetch, size_t object)
{
    Transfer *transfer = transfer_of(fetch, object);
    assert(transfer->state == TRANSFER_IDLE);
    if (!transfer->exchange) {
        transfer->fetch = fetch;
        transfer->exchange = http_exchange_open(fetch->s3->http);
        buffer_init(&transfer->body, LIMIT_TRANSFER_BYTES);
        buffer_init(&transfer->refusal, REFUSAL_BYTES_MAX);
    }
    transfer->object = &fetch->objects[object];
    transfer->received = transfer->skip = 0;
    transfer->is_denied = false;
    transfer->tries = 0;
    transfer->is_given = false;
    buffer_clear(&transfer->body);
    begin_try(transfer);
}

/* Keeps LIMIT_TRANSFERS objects under way, the current one among them. */
static void start_transfers(Fetch *fetch)
{
    size_t current = fetch->next > 0 ? fetch->next - 1 : 0;
    for (; fetch->started < fetch->object_count && fetch->started < current + LIMIT_TRANSFERS; fetch->started++)
        start_transfer(fetch, fetch->started);
    drive(fetch, 0);
}

bool fetch_open(S3 *s3, const FetchObject *objects, size_t object_count, const atomic_bool *interrupt,
                Fetch **out_fetch, Error *error)
{
    (void)error;
    Fetch *fetch = memory_alloc_zeroed(1, sizeof *fetch);
    fetch->s3 = s3;
    fetch->objects = objects;
    fetch->object_count = object_count;
    fetch->interrupt = interrupt;
    fetch->decompress = decompress_open(pull_body, fetch, s3->config->unpack_ratio_max);
    start_transfers(fetch);
    *out_fetch = fetch;
    return true;
}

void fetch_close(Fetch *fetch)
{
    if (!fetch)
        return;
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++) {
        http_exchange_close(fetch->transfers[i].exchange);
        buffer_done(&fetch->transfers[i].body);
        buffer_done(&fetch->transfers[i].refusal);
    }
    decompress_close(fetch->decompress);
    free(fetch);
}

void fetch_next(Fetch *fetch)
{
    assert(fetch->next < fetch->object_count);
    if (fetch->next > 0) {
        Transfer *transfer = current_transfer(fetch);
        http_exchange_stop(transfer->exchange);
        transfer->state = TRANSFER_IDLE;
    }
    fetch->next++;
    decompress_begin(fetch->decompress);
    start_transfers(fetch);
}

bool fetch_read(Fetch *fetch, char *bytes, size_t size, size_t *out_length, Error *error)
{
    pulse_beat();
    /* Few bytes of S3's may be many here, so that waiting for them is not the only time to look. */
    if (!check_interrupt(fetch, error))
        return false;
    if (decompress_read(fetch->decompress, bytes, size, out_length, error))
        return true;
    Transfer *transfer = current_transfer(fetch);
    const FetchObject *object = transfer->object;
    if (transfer->state == TRANSFER_FAILED && transfer->is_denied)
        s3_judge_denial(fetch->s3, object->bucket, object->key, error);
    return s3_refusal_name_object(error, object->bucket, object->key);
}

int64_t fetch_count_read(Fetch *fetch)
{
    int64_t bytes = fetch->next > 0 ? current_transfer(fetch)->received : 0;
    for (size_t i = 0; i + 1 < fetch->next; i++)
        bytes += fetch->objects[i].size;
    return bytes;
}
