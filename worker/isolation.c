/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/isolation.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"

/* An executor that waits beats so often, and looks whether the one that it waits for hangs. */
#define BEAT_MS 1000

void isolation_init(Isolation *isolation, Vigil *vigil)
{
    *isolation =
        (Isolation){.vigil = vigil, .seats = memory_alloc_zeroed((size_t)vigil->count, sizeof *isolation->seats)};
    pthread_mutex_init(&isolation->lock, NULL);
    thread_init_condition(&isolation->changed);
}

void isolation_done(Isolation *isolation)
{
    pthread_cond_destroy(&isolation->changed);
    pthread_mutex_destroy(&isolation->lock);
    free(isolation->seats);
}

static bool is_in_the_way(Seat other, bool is_alone)
{
    return other == SEAT_LOADING_ALONE || other == (is_alone ? SEAT_LOADING : SEAT_WAITING_ALONE);
}

static bool must_wait(const Isolation *isolation, int executor, bool is_alone)
{
    for (int i = 0; i < isolation->vigil->count; i++)
        if (i != executor - 1 && is_in_the_way(isolation->seats[i], is_alone) &&
            !atomic_load(&isolation->vigil->executors[i].is_hung))
            return true;
    return false;
}

static void wait_for_change(Isolation *isolation)
{
    pulse_beat();
    thread_wait_until_ms(&isolation->changed, &isolation->lock, clock_now_ms() + BEAT_MS);
}

static void set_seat(Isolation *isolation, int executor, Seat seat)
{
    assert(executor >= 1 && executor <= isolation->vigil->count);
    isolation->seats[executor - 1] = seat;
    pthread_cond_broadcast(&isolation->changed);
}

bool isolation_enter(Isolation *isolation, int executor, bool is_alone)
{
    pthread_mutex_lock(&isolation->lock);
    assert(isolation->seats[executor - 1] == SEAT_EMPTY);
    set_seat(isolation, executor, is_alone ? SEAT_WAITING_ALONE : SEAT_EMPTY);
    while (!isolation->is_closed && must_wait(isolation, executor, is_alone))
        wait_for_change(isolation);
    bool is_entered = !isolation->is_closed;
    set_seat(isolation, executor, !is_entered ? SEAT_EMPTY : is_alone ? SEAT_LOADING_ALONE : SEAT_LOADING);
    pthread_mutex_unlock(&isolation->lock);
    return is_entered;
}

void isolation_leave(Isolation *isolation, int executor)
{
    pthread_mutex_lock(&isolation->lock);
    set_seat(isolation, executor, SEAT_EMPTY);
    pthread_mutex_unlock(&isolation->lock);
}

void isolation_close(Isolation *isolation)
{
    pthread_mutex_lock(&isolation->lock);
    isolation->is_closed = true;
    pthread_cond_broadcast(&isolation->changed);
    pthread_mutex_unlock(&isolation->lock);
}
