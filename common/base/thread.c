/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <time.h>

#include "base/error.h"

void thread_start(pthread_t *out_thread, void *(*run)(void *context), void *context)
{
    if (pthread_create(out_thread, NULL, run, context) != 0)
        error_abort("no thread can be started");
}

/* By the time of day: ThreadSanitizer does not know pthread_clockjoin_np. */
bool thread_join_s(pthread_t thread, int wait_s)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += wait_s;
    return pthread_timedjoin_np(thread, NULL, &end) == 0;
}

void thread_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* as clock_now_ms() counts */
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool thread_wait_until_ms(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t end_ms)
{
    struct timespec end = {.tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};
    return pthread_cond_timedwait(condition, lock, &end) == 0;
}
