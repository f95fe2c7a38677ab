/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ticker.h"

#include <assert.h>

#include "base/clock.h"
#include "base/thread.h"

void ticker_start(Ticker *ticker, void *(*run)(void *context), void *context)
{
    assert(run);
    ticker->is_stopped = ticker->is_woken = false;
    pthread_mutex_init(&ticker->lock, NULL);
    thread_init_condition(&ticker->changed);
    thread_start(&ticker->thread, run, context);
}

bool ticker_wait_ms(Ticker *ticker, int64_t wait_ms)
{
    int64_t end_ms = clock_now_ms() + wait_ms;
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->is_stopped && !ticker->is_woken && thread_wait_until_ms(&ticker->changed, &ticker->lock, end_ms))
        ;
    bool is_running = !ticker->is_stopped;
    ticker->is_woken = false;
    pthread_mutex_unlock(&ticker->lock);
    return is_running;
}

void ticker_wake(Ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->is_woken = true;
    pthread_cond_signal(&ticker->changed);
    pthread_mutex_unlock(&ticker->lock);
}

bool ticker_stop(Ticker *ticker, int wait_s)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->is_stopped = true;
    pthread_cond_signal(&ticker->changed);
    pthread_mutex_unlock(&ticker->lock);
    if (!thread_join_s(ticker->thread, wait_s))
        return false;
    pthread_cond_destroy(&ticker->changed);
    pthread_mutex_destroy(&ticker->lock);
    return true;
}
