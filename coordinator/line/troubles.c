/* SPDX-License-Identifier: Apache-2.0 */
#include "line/troubles.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* How long after a failure the same one is said again. */
#define SAY_AGAIN_MS 600000

/* Rounds that fail in a row before people are told. */
#define FAILURES_MIN 3

void troubles_init(Troubles *troubles, Heartbeat *heartbeat, const Config *config)
{
    *troubles = (Troubles){.heartbeat = heartbeat};
    outage_init(&troubles->outages, config->fleet.outage_backoff, config->fleet.backoff);
}

void troubles_done(Troubles *troubles)
{
    outage_done(&troubles->outages);
}

void troubles_say_lost(Troubles *troubles, const Error *error)
{
    Error lost = *error;
    error_set_name(&lost, "");
    outage_note_lost(&troubles->outages, &lost);
    heartbeat_say(troubles->heartbeat, error);
}

void troubles_note_answer(Troubles *troubles, ErrorService service)
{
    outage_note_maybe(&troubles->outages, service, "");
}

bool troubles_misses(Troubles *troubles, ErrorService service)
{
    return outage_state(&troubles->outages, service, "") == OUTAGE_LOST;
}

void troubles_say_failed(Troubles *troubles, const Error *error)
{
    if (++troubles->failures >= FAILURES_MIN)
        heartbeat_say(troubles->heartbeat, error);
    if (strcmp(troubles->failed, error->message) == 0 && clock_now_ms() < troubles->say_again_at_ms)
        return;
    log_event(LOG_WARNING, "round.failed", LOG_TEXT("kind", error_kind_name(error->kind)),
              LOG_TEXT("reason", error->message));
    snprintf(troubles->failed, sizeof troubles->failed, "%s", error->message);
    troubles->say_again_at_ms = clock_now_ms() + SAY_AGAIN_MS;
}

void troubles_say_over(Troubles *troubles, const Error *left)
{
    for (size_t i = 0; i < ERROR_SERVICES; i++)
        (void)outage_note_back(&troubles->outages, (ErrorService)i, "");
    troubles->failures = 0;
    *troubles->failed = '\0';
    heartbeat_say(troubles->heartbeat, left);
}
