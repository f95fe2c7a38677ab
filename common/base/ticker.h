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
    pthread_cond_t stopped;
    bool is_stopped;
} Ticker;

/* run gets the context. It ends once ticker_wait_ms is false. */
void ticker_start(Ticker *ticker, void *(*run)(void *context), void *context);

/* In the thread: true if so much time is over, false if the thread is to end. */
bool ticker_wait_ms(Ticker *ticker, int64_t wait_ms);

/* Tells the thread to end. False if it has not done so within so many seconds: then it still uses the ticker. */
bool ticker_stop(Ticker *ticker, int wait_s) MUST_USE;
