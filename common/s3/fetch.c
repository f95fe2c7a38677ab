/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a Fetch. fetch_open gives the task's first LIMIT_TRANSFERS objects a transfer each and starts them all.
 * fetch_next makes the next object the current one, and gives the transfer of the object before it to a new one, so the
 * transfers go round: object n has transfer n modulo their number. fetch_read pulls: the decompression asks pull_body
 * for bytes, and pull_body drives all transfers until the current one has some. A transfer is a row of tries. A try
 * that ends is judged: the body is whole, or the transfer waits for its next try, which asks only for the bytes that
 * are missing, or it has failed, which fetch_read reports when that object is the current one. Nothing happens between
 * calls. */
#include "s3/fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/retry.h"
#include "s3/decompress.h"
#include "s3/probe.h"
#include "s3/refusals.h"
#include "s3/request.h"
#include "web/http.h"

/* Tries of one transfer that bring nothing new. Then the attempt at the task fails. */
#define TRIES_MAX 4

#define REFUSAL_BYTES_MAX (16 * KIB)

typedef enum TransferState {
    TRANSFER_IDLE,
    TRANSFER_RUNNING,
    TRANSFER_WAITING, /* until its retry is due */
    TRANSFER_WHOLE,
    TRANSFER_FAILED,
} TransferState;

/* One object that is under way or waits to be read. Its memory serves one object after the other. */
typedef struct Transfer {
    Fetch *fetch;
    HttpExchange *exchange;
    const TaskVersion *object;
    TransferState state;
    Buffer body; /* bytes that have arrived and were not pulled yet; if is_given, the bytes that the last pull gave */
    bool is_given;
    bool is_paused;
    int64_t received;  /* body bytes, over all tries */
    int64_t skip;      /* bytes to drop: the server sends the whole object in answer to a request for a range */
    int64_t try_start; /* received, when this try began */
    bool has_answer;   /* this try's first body bytes have come */
    bool is_misfit;    /* the bytes that came are not those that were asked for */
    bool is_denied;    /* S3 refused because of what these credentials may do */
    Retry retry;
    Buffer refusal;
    Error error;
} Transfer;

struct Fetch {
    S3 *s3;
    const TaskVersion *objects;
    size_t object_count;
    size_t started; /* objects that have been given a transfer */
    size_t next;    /* the object that fetch_next will go to; the one before it is the current one */
    const atomic_bool *interrupt;
    Decompress *decompress;
    const char *away_bucket; /* one that did not answer a probe; NULL: none */
    Transfer transfers[LIMIT_TRANSFERS];
};

/* Transfers are given out and read in the same order. */
static Transfer *transfer_of(Fetch *fetch, size_t object)
{
    return &fetch->transfers[object % LIMIT_TRANSFERS];
}

static Transfer *current_transfer(Fetch *fetch)
{
    assert(fetch->next > 0);
    return transfer_of(fetch, fetch->next - 1);
}

/* Whether the first body bytes of a try are those that the object lacks, or the whole object's. */
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
        /* Of a refusal longer than the buffer the rest is dropped: it is no XML of S3's. */
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
        .method = HTTP_GET,
        .bucket = transfer->object->bucket,
        .key = transfer->object->key,
        .etag = transfer->object->etag,
        .from_byte = transfer->received,
        .is_fresh = transfer->retry.tries > 0,
        .on_body = take_body,
        .context = transfer,
    };
    buffer_clear(&transfer->refusal);
    transfer->try_start = transfer->received;
    transfer->has_answer = transfer->is_misfit = transfer->is_paused = false;
    bool is_started = s3_request_start(transfer->fetch->s3, transfer->exchange, &request, &transfer->error);
    transfer->state = is_started ? TRANSFER_RUNNING : TRANSFER_FAILED;
}

/* Judges a try that has ended: true if the body is whole. */
static bool judge_try(Transfer *transfer)
{
    const HttpOutcome *outcome = http_exchange_outcome(transfer->exchange);
    Error *error = &transfer->error;
    bool is_body = outcome->status == 200 || outcome->status == 206;
    bool is_past_end = outcome->status == 416; /* the object is shorter, and its end was taken for a break */
    if (outcome->is_whole && (is_past_end || (is_body && transfer->received != transfer->object->size)))
        transfer->is_misfit = true;
    if (transfer->is_misfit) /* run/unread.sql recognises this message by its words */
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
    return s3_request_report_refusal(transfer->fetch->s3, &refusal, outcome->status, S3_SUBJECT_OBJECT, error);
}

/* Asked after a silent try: each further try of a bucket that is away would be silent for as long again. */
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
    if (is_moving)
        retry_reset(&transfer->retry);
    bool is_final =
        !retry_is_possible(&transfer->retry, &transfer->error) ||
        (http_exchange_outcome(transfer->exchange)->is_silent && is_away(transfer->fetch, transfer->object->bucket));
    /* A server may write length and ETag one after the other; then its listing can have the length of the old content
     * and the ETag of the new one. */
    if (is_final && transfer->is_misfit)
        transfer->error.kind = ERROR_STALE;
    transfer->state = is_final ? TRANSFER_FAILED : TRANSFER_WAITING;
    if (!is_final)
        retry_put_off(&transfer->retry);
}

/* Begins the tries that are due. Returns wait_ms, or less if the next try is due before that. */
static int begin_due_tries(Fetch *fetch, int wait_ms)
{
    for (size_t i = 0; i < LIMIT_TRANSFERS; i++) {
        Transfer *transfer = &fetch->transfers[i];
        if (transfer->state != TRANSFER_WAITING)
            continue;
        int64_t left_ms = transfer->retry.due_ms - clock_now_ms();
        if (left_ms <= 0)
            begin_try(transfer);
        else if (left_ms < wait_ms)
            wait_ms = (int)left_ms;
    }
    return wait_ms;
}

/* Waits for up to wait_ms until a transfer can go on, then moves all transfers as far as they can go now. */
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
    for (int wait_ms = 0; transfer->body.length == 0; wait_ms = HTTP_STEP_MS) {
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
    /* Asked here too: bytes that unpack to nothing never come back to fetch_read. */
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
    transfer->retry = (Retry){.backoff = fetch->s3->config->patience.backoff, .tries_max = TRIES_MAX};
    transfer->is_given = false;
    buffer_clear(&transfer->body);
    begin_try(transfer);
}

/* Keeps LIMIT_TRANSFERS objects under way, counting the current one. */
static void start_transfers(Fetch *fetch)
{
    size_t current = fetch->next > 0 ? fetch->next - 1 : 0;
    for (; fetch->started < fetch->object_count && fetch->started < current + LIMIT_TRANSFERS; fetch->started++)
        start_transfer(fetch, fetch->started);
    drive(fetch, 0);
}

Fetch *fetch_open(S3 *s3, const TaskVersion *objects, size_t object_count, const atomic_bool *interrupt)
{
    assert(objects || object_count == 0);
    Fetch *fetch = memory_alloc_zeroed(1, sizeof *fetch);
    fetch->s3 = s3;
    fetch->objects = objects;
    fetch->object_count = object_count;
    fetch->interrupt = interrupt;
    fetch->decompress = decompress_open(pull_body, fetch, s3->config->unpack_ratio_max);
    start_transfers(fetch);
    return fetch;
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
    assert(fetch->next > 0);
    assert(size > 0);
    pulse_beat();
    /* Asked here too: few bytes of S3 may unpack to many, which are read without a wait. */
    if (!check_interrupt(fetch, error))
        return false;
    if (decompress_read(fetch->decompress, bytes, size, out_length, error))
        return true;
    Transfer *transfer = current_transfer(fetch);
    const TaskVersion *object = transfer->object;
    if (transfer->state == TRANSFER_FAILED && transfer->is_denied)
        s3_probe_judge_denial(fetch->s3, object->bucket, object->key, error);
    return s3_refusal_name_object(error, object->bucket, object->key);
}

int64_t fetch_count_read(Fetch *fetch)
{
    int64_t bytes = fetch->next > 0 ? current_transfer(fetch)->received : 0;
    for (size_t i = 0; i + 1 < fetch->next; i++)
        bytes += fetch->objects[i].size;
    return bytes;
}
