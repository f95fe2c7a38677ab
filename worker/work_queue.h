/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the thread that polls and those that load: task messages, each with its place in Kafka. A task has one
 * message in the queue, since an unfinished task is published again and again, and each copy would be tried at its own
 * pace. The queue has room for every message that the consumer hands out and nobody has acknowledged: work from before
 * work_queue_clear never comes back. */
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
    unsigned waits;                  /* how many waits there were between its tries so far, for the backoff */
    int32_t attempt;                 /* the last one that was made here: other deliveries of the task had theirs */
    bool has_waited[ERROR_SERVICES]; /* for this service; the log has it once */
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

/* False if the queue has the task already, which is due from now on: the message is to be acknowledged. */
bool work_queue_push(WorkQueue *queue, const Work *work) MUST_USE;

/* Work that was taken and is to be tried again when it is due; whatever else is due goes first. Work that came before
 * the last work_queue_clear is dropped. False if a message of the same task came meanwhile: it is out of the queue, and
 * in *work, to be acknowledged. */
bool work_queue_put_back(WorkQueue *queue, Work *work) MUST_USE;

/* Waits for work that is due, in the order in which it came. False once the queue is closed, whatever is left in it:
 * nobody has acknowledged that, so it comes again. */
bool work_queue_pop(WorkQueue *queue, Work *out_work);
void work_queue_close(WorkQueue *queue);

/* Drops what waits: after a rebalance it comes again, here or elsewhere. */
void work_queue_clear(WorkQueue *queue);
