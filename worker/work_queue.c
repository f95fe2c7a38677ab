/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/work_queue.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/pulse.h"

void work_queue_init(WorkQueue *queue, size_t capacity)
{
    *queue = (WorkQueue){.items = memory_alloc_zeroed(capacity, sizeof(Work)), .capacity = capacity};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
}

void work_queue_done(WorkQueue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->items);
    queue->items = NULL;
}

void work_queue_push(WorkQueue *queue, const Work *work)
{
    pthread_mutex_lock(&queue->lock);
    assert(queue->count < queue->capacity);
    queue->items[(queue->first + queue->count) % queue->capacity] = *work;
    queue->count++;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

bool work_queue_pop(WorkQueue *queue, Work *out_work)
{
    pulse_rest();
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->is_closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool has_work = !queue->is_closed;
    if (has_work) {
        *out_work = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
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
    pthread_mutex_unlock(&queue->lock);
}
