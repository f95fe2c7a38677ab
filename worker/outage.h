/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services a worker misses: said once when it is lost and once when it is back, whichever threads notice; and for
 * how long nothing could be done for that. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct Outages {
    pthread_mutex_t lock;
    bool is_lost[ERROR_SERVICES]; /* by ErrorService */
    int64_t stuck_since_ms;       /* an executor waits since then, and none has got on meanwhile; 0: none waits */
} Outages;

void outage_init(Outages *outages);
void outage_done(Outages *outages);

/* A service is lost, as error says. */
void outage_note_lost(Outages *outages, const Error *error);

/* A service has answered. */
void outage_note_back(Outages *outages, ErrorService service);

/* Whether it is lost, and has not answered since. */
bool outage_is_lost(Outages *outages, ErrorService service);

/* An executor waits for a service; an executor got on with its work. */
void outage_note_stuck(Outages *outages);
void outage_note_work(Outages *outages);

/* For how long executors have waited; 0 where none does, or one got on. */
int64_t outage_stuck_ms(Outages *outages);
