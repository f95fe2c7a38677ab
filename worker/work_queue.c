/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/work_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"

void work_queue_init(WorkQueue *queue)
{
    *queue = (WorkQueue){0};
    pthread_mutex_init(&queue->lock, NULL);
    thread_init_condition(&queue->changed);
}

void work_queue_done(WorkQueue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->items);
    queue->items = NULL;
}

static void add(WorkQueue *queue, const Work *work)
{
    queue->items = memory_grow(queue->items, queue->count, &queue->capacity, sizeof *queue->items);
    queue->items[queue->count] = *work;
    queue->items[queue->count++].clears = queue->clears;
    pthread_cond_signal(&queue->changed);
}

/* The messages are of one ledger. */
static Work *find_same(WorkQueue *queue, const Work *work)
{
    for (size_t i = 0; i < queue->count; i++)
        if (queue->items[i].message.run == work->message.run && queue->items[i].message.task == work->message.task)
            return &queue->items[i];
    return NULL;
}

bool work_queue_push(WorkQueue *queue, const Work *work)
{
    pthread_mutex_lock(&queue->lock);
    Work *same = find_same(queue, work);
    if (same) {
        same->due_ms = 0;
        pthread_cond_signal(&queue->changed);
    } else {
        add(queue, work);
    }
    pthread_mutex_unlock(&queue->lock);
    return !same;
}

bool work_queue_put_back(WorkQueue *queue, Work *work)
{
    assert(work->due_ms > 0);
    pthread_mutex_lock(&queue->lock);
    bool is_current = work->clears == queue->clears;
    Work *same = is_current ? find_same(queue, work) : NULL;
    if (same) {
        const Work other = *same;
        *same = *work;
        *work = other;
    } else if (is_current) {
        add(queue, work);
    }
    pthread_mutex_unlock(&queue->lock);
    return !same;
}

/* The first that is due, or else the one that is due first. */
static size_t find_next(WorkQueue *queue, int64_t now_ms)
{
    size_t next = 0;
    for (size_t i = 0; i < queue->count && queue->items[next].due_ms > now_ms; i++)
        if (queue->items[i].due_ms < queue->items[next].due_ms)
            next = i;
    return next;
}

static Work take_out(WorkQueue *queue, size_t index)
{
    Work *item = &queue->items[index], work = *item;
    queue->count--;
    memmove(item, item + 1, (queue->count - index) * sizeof *item);
    return work;
}

bool work_queue_pop(WorkQueue *queue, Work *out_work)
{
    bool has_work = false;
    pulse_rest();
    pthread_mutex_lock(&queue->lock);
    while (!has_work && !queue->is_closed) {
        int64_t now_ms = clock_now_ms();
        size_t next = find_next(queue, now_ms);
        has_work = queue->count > 0 && queue->items[next].due_ms <= now_ms;
        if (has_work)
            *out_work = take_out(queue, next);
        else if (queue->count > 0)
            thread_wait_until_ms(&queue->changed, &queue->lock, queue->items[next].due_ms);
        else
            pthread_cond_wait(&queue->changed, &queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    pulse_beat();
    return has_work;
}

void work_queue_close(WorkQueue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void work_queue_clear(WorkQueue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->count = 0;
    queue->clears++;
    pthread_mutex_unlock(&queue->lock);
}
