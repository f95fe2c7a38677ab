/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may load at the same time: a task that workers died of loads alone in its process, so that the next death is its
 * own and nobody else's. Like a lock that prefers writers, but with waits that a stop ends. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

typedef struct Isolation {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int loading;       /* tasks that load now */
    int waiting_alone; /* suspects that wait: nobody else begins before them */
    bool is_alone;     /* the one that loads is a suspect */
    bool is_closed;
} Isolation;

void isolation_init(Isolation *isolation);
void isolation_done(Isolation *isolation);

/* Waits until the task may load, alone or beside others that are not suspects; false once closed. */
bool isolation_enter(Isolation *isolation, bool is_alone);
void isolation_leave(Isolation *isolation);

/* From now on nobody enters, and nobody waits. */
void isolation_close(Isolation *isolation);
