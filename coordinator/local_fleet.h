/* SPDX-License-Identifier: Apache-2.0
 *
 * A fleet on this machine, for as long as one run takes: worker processes of our own, and where no broker is configured
 * an embedded one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/config.h"
#include "base/error.h"
#include "kafka/broker.h"

typedef struct LocalFleet {
    Broker *broker;
    pid_t *workers;
    size_t worker_count;
    size_t ended_count; /* of the workers */
} LocalFleet;

#define AUTO_LOCAL_FLEET AUTO(LocalFleet, local_fleet_stop)

/* Brings the broker where config has none, and sets config's bootstrap_servers to it. */
bool local_fleet_start_broker(LocalFleet *fleet, Config *config, Error *error) MUST_USE;

/* Starts count processes of the copyfleet-worker beside this program, with the same configuration. */
bool local_fleet_start_workers(LocalFleet *fleet, const Config *config, const char *config_path, int count,
                               Error *error) MUST_USE;

/* Whether there were workers and all of them have ended. */
bool local_fleet_has_died(LocalFleet *fleet);

/* Ends the workers, waits for them, and ends the broker. */
void local_fleet_stop(LocalFleet *fleet);
