/* SPDX-License-Identifier: Apache-2.0
 *
 * How a thread of ours begins, waits and ends. Waits go by clock_now_ms(): setting the clock back makes none longer. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Aborts if the system gives no thread. */
void thread_start(pthread_t *out_thread, void *(*run)(void *context), void *context);

/* Waits for the thread's end. False if that does not come within wait_s: then the thread goes on. */
bool thread_join_s(pthread_t thread, int wait_s);

/* A condition for thread_wait_until_ms; pthread_cond_destroy ends it. */
void thread_init_condition(pthread_cond_t *condition);

/* Waits for a signal, with the lock held by the caller. False once clock_now_ms() has reached end_ms. */
bool thread_wait_until_ms(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t end_ms);
