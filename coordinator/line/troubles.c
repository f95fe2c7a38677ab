/* SPDX-License-Identifier: Apache-2.0 */
#include "line/troubles.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* A round that goes on failing alike is said so seldom. */
#define SAY_AGAIN_MS 600000

/* Rounds that fail in a row before people are told. */
#define FAILURES_MIN 3

void troubles_say_lost(Troubles *troubles, Heartbeat *heartbeat, const Error *error)
{
    if (!troubles->is_lost[error->service])
        log_event(LOG_WARNING, "service.lost", LOG_TEXT("service", error_service_name(error->service)),
                  LOG_TEXT("reason", error->message));
    troubles->is_lost[error->service] = true;
    heartbeat_say(heartbeat, error);
}

void troubles_say_failed(Troubles *troubles, Heartbeat *heartbeat, const Error *error)
{
    if (++troubles->failures >= FAILURES_MIN)
        heartbeat_say(heartbeat, error);
    if (strcmp(troubles->failed, error->message) == 0 && clock_now_ms() < troubles->say_again_at_ms)
        return;
    log_event(LOG_WARNING, "round.failed", LOG_TEXT("kind", error_kind_name(error->kind)),
              LOG_TEXT("reason", error->message));
    snprintf(troubles->failed, sizeof troubles->failed, "%s", error->message);
    troubles->say_again_at_ms = clock_now_ms() + SAY_AGAIN_MS;
}

void troubles_say_over(Troubles *troubles, Heartbeat *heartbeat)
{
    for (size_t i = 0; i < ERROR_SERVICES; i++)
        if (troubles->is_lost[i])
            log_event(LOG_INFO, "service.back", LOG_TEXT("service", error_service_name((ErrorService)i)));
    *troubles = (Troubles){0};
    heartbeat_say(heartbeat, NULL);
}
