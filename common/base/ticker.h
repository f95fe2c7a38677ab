/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that does something again and again until it is told to stop. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"

typedef struct Ticker {
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    bool is_stopped;
    bool is_woken;
} Ticker;

/* Starts run(context) in a thread. It must return once ticker_wait_ms is false. */
void ticker_start(Ticker *ticker, void *(*run)(void *context), void *context);

/* Called by the thread: true after wait_ms, or at once if ticker_wake was called since the last wait; false as soon as
 * the thread is to end. */
bool ticker_wait_ms(Ticker *ticker, int64_t wait_ms);

/* Ends the thread's wait: there is something to do before its time. */
void ticker_wake(Ticker *ticker);

/* Tells the thread to end. False if it has not ended within wait_s: then it still uses the ticker. */
bool ticker_stop(Ticker *ticker, int wait_s) MUST_USE;
