/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/fleet.h"

#include "base/log.h"
#include "base/stop.h"

void fleet_fail(Fleet *fleet, const Error *error)
{
    if (!atomic_exchange(&fleet->is_fatal, true))
        log_event(LOG_ERROR, "worker.failed", LOG_TEXT("reason", error->message));
    stop_request();
}
