/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the thread that polls and those that load: task messages with where they came from. It has room for all;
 * what the consumer hands out and nobody has acknowledged is its bound, for work of before work_queue_clear never comes
 * back. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kafka/consumer.h"
#include "task/message.h"

typedef struct Work {
    TaskMessage message;
    Delivery delivery;
    uint64_t membership;             /* of the group, in which it was delivered */
    uint64_t clears;                 /* the queue's, when it was pushed; the queue's to set */
    int64_t due_ms;                  /* clock_now_ms() from which on it may be tried; 0: at once */
    unsigned waits;                  /* between its tries so far, for the backoff */
    bool has_waited[ERROR_SERVICES]; /* for a service, which is said once */
} Work;

typedef struct WorkQueue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Work *items;
    size_t count, capacity;
    uint64_t clears; /* so far */
    bool is_closed;
} WorkQueue;

void work_queue_init(WorkQueue *queue);
void work_queue_done(WorkQueue *queue);

void work_queue_push(WorkQueue *queue, const Work *work);

/* Work that was taken and is to be tried again when it is due; whatever else is due goes first. Work that came before
 * the last work_queue_clear is dropped. */
void work_queue_put_back(WorkQueue *queue, const Work *work);

/* Waits for work that is due, in the order in which it came; false once the queue is closed, whatever is left in it:
 * nobody acknowledged that, so it comes again.
 */
bool work_queue_pop(WorkQueue *queue, Work *out_work);
void work_queue_close(WorkQueue *queue);

/* Drops what waits: after a rebalance it comes again, here or elsewhere. */
void work_queue_clear(WorkQueue *queue);
