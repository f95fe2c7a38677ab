/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/outage.h"

#include "base/clock.h"
#include "base/log.h"

void outage_init(Outages *outages)
{
    *outages = (Outages){0};
    pthread_mutex_init(&outages->lock, NULL);
}

void outage_done(Outages *outages)
{
    pthread_mutex_destroy(&outages->lock);
}

/* The line is written under the lock, so that lost and back of different threads stand in the order in which they
 * count. */
void outage_note_lost(Outages *outages, const Error *error)
{
    pthread_mutex_lock(&outages->lock);
    if (!outages->is_lost[error->service])
        log_event(LOG_WARNING, "service.lost", LOG_TEXT("service", error_service_name(error->service)),
                  LOG_TEXT("reason", error->message));
    outages->is_lost[error->service] = true;
    pthread_mutex_unlock(&outages->lock);
}

void outage_note_back(Outages *outages, ErrorService service)
{
    pthread_mutex_lock(&outages->lock);
    if (outages->is_lost[service])
        log_event(LOG_INFO, "service.back", LOG_TEXT("service", error_service_name(service)));
    outages->is_lost[service] = false;
    pthread_mutex_unlock(&outages->lock);
}

bool outage_is_lost(Outages *outages, ErrorService service)
{
    pthread_mutex_lock(&outages->lock);
    bool is_lost = outages->is_lost[service];
    pthread_mutex_unlock(&outages->lock);
    return is_lost;
}

void outage_note_stuck(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    if (outages->stuck_since_ms == 0)
        outages->stuck_since_ms = clock_now_ms();
    pthread_mutex_unlock(&outages->lock);
}

void outage_note_work(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    outages->stuck_since_ms = 0;
    pthread_mutex_unlock(&outages->lock);
}

int64_t outage_stuck_ms(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    int64_t stuck_ms = outages->stuck_since_ms > 0 ? clock_now_ms() - outages->stuck_since_ms : 0;
    pthread_mutex_unlock(&outages->lock);
    return stuck_ms;
}
