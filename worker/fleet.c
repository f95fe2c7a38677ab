/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/fleet.h"

#include "base/log.h"
#include "base/stop.h"

bool fleet_open_session(const Fleet *fleet, Connection **session, Error *error)
{
    connection_close(*session);
    *session = NULL;
    return connection_open(fleet->config, fleet->session, session, error) &&
           ledger_bind(*session, fleet->ledger, error);
}

void fleet_fail(Fleet *fleet, const Error *error)
{
    if (!atomic_exchange(&fleet->is_fatal, true))
        log_event(LOG_ERROR, "worker.failed", LOG_TEXT("reason", error->message));
    stop_request();
}
