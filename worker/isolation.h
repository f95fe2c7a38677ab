/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may load at the same time: a task that workers died of loads alone in its process, so that the next death is its
 * own and nobody else's. Like a lock that prefers writers, but with waits that a stop ends; and nobody waits for an
 * executor that hangs (worker/vigil.h), which does nothing that the process could die of. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "worker/vigil.h"

typedef enum Seat { SEAT_EMPTY, SEAT_WAITING_ALONE, SEAT_LOADING, SEAT_LOADING_ALONE } Seat;

typedef struct Isolation {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Vigil *vigil;
    Seat *seats; /* one for each executor */
    bool is_closed;
} Isolation;

/* For the executors that are watched, numbered from 1. */
void isolation_init(Isolation *isolation, Vigil *vigil);
void isolation_done(Isolation *isolation);

/* Waits until the executor's task may load, alone or beside others that are not suspects; false once closed. While
 * a suspect waits, only another suspect may begin. */
bool isolation_enter(Isolation *isolation, int executor, bool is_alone);
void isolation_leave(Isolation *isolation, int executor);

/* From now on nobody enters, and nobody waits. */
void isolation_close(Isolation *isolation);
