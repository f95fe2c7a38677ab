/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/isolation.h"

void isolation_init(Isolation *isolation)
{
    *isolation = (Isolation){0};
    pthread_mutex_init(&isolation->lock, NULL);
    pthread_cond_init(&isolation->changed, NULL);
}

void isolation_done(Isolation *isolation)
{
    pthread_cond_destroy(&isolation->changed);
    pthread_mutex_destroy(&isolation->lock);
}

static bool must_wait(const Isolation *isolation, bool is_alone)
{
    return is_alone ? isolation->loading > 0 : isolation->is_alone || isolation->waiting_alone > 0;
}

bool isolation_enter(Isolation *isolation, bool is_alone)
{
    pthread_mutex_lock(&isolation->lock);
    isolation->waiting_alone += is_alone;
    while (!isolation->is_closed && must_wait(isolation, is_alone))
        pthread_cond_wait(&isolation->changed, &isolation->lock);
    isolation->waiting_alone -= is_alone;
    bool is_entered = !isolation->is_closed;
    if (is_entered) {
        isolation->loading++;
        isolation->is_alone = is_alone;
    }
    pthread_mutex_unlock(&isolation->lock);
    return is_entered;
}

void isolation_leave(Isolation *isolation)
{
    pthread_mutex_lock(&isolation->lock);
    isolation->loading--;
    isolation->is_alone = false;
    pthread_cond_broadcast(&isolation->changed);
    pthread_mutex_unlock(&isolation->lock);
}

void isolation_close(Isolation *isolation)
{
    pthread_mutex_lock(&isolation->lock);
    isolation->is_closed = true;
    pthread_cond_broadcast(&isolation->changed);
    pthread_mutex_unlock(&isolation->lock);
}
