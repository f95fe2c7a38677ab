/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/fleet.h"

#include "base/log.h"
#include "base/stop.h"
#include "ledger/record.h"

bool fleet_open_session(const Fleet *fleet, Connection **session, Error *error)
{
    connection_close(*session);
    *session = NULL;
    return connection_open(fleet->config, fleet->session, session, error) &&
           ledger_bind(*session, fleet->ledger, error);
}

bool fleet_say_seen(Fleet *fleet, Connection *session, Error *error)
{
    Error missed;
    bool misses = outage_find_missed(&fleet->outages, &missed);
    const ProcessState state = {.name = fleet->worker,
                                .kind = "worker",
                                .hung = atomic_load(&fleet->vigil.hung),
                                .reason = misses ? missed.message : ""};
    return record_process_seen(session, &state, error);
}

void fleet_say_end(Fleet *fleet, Connection *session)
{
    Error error;
    bool is_said = atomic_load(&fleet->is_fatal)
                       ? record_process_failed(session, fleet->worker, fleet->failure.message, &error)
                       : record_process_gone(session, fleet->worker, &error);
    if (!is_said)
        log_event(LOG_DEBUG, "heartbeat.failed", LOG_TEXT("reason", error.message));
}

void fleet_fail(Fleet *fleet, const Error *error)
{
    if (!atomic_exchange(&fleet->is_fatal, true)) {
        fleet->failure = *error;
        log_event(LOG_ERROR, "worker.failed", LOG_TEXT("reason", error->message));
    }
    stop_request();
}
