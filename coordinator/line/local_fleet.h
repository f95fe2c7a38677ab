/* SPDX-License-Identifier: Apache-2.0
 *
 * A fleet on this machine, for as long as one run takes: worker processes of our own, and an embedded broker if none is
 * configured. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"
#include "config/config.h"
#include "kafka/broker.h"

typedef struct LocalFleet {
    bool has_broker;
    pid_t *workers;
    size_t worker_count;
    size_t ended_count; /* of the workers */
    int output;         /* the workers' stderr, once there are some */
    bool tells_all;     /* somebody asked for a level of log, so no line is left out */
    Buffer heard;       /* a line of output that is not whole yet */
} LocalFleet;

/* Whether there is a copyfleet-worker beside this program. */
bool local_fleet_has_program(Error *error) MUST_USE;

/* Starts the broker, if it has not started, and sets config's bootstrap_servers to it. */
bool local_fleet_start_broker(LocalFleet *fleet, Config *config, Error *error) MUST_USE;

/* Starts count processes of the copyfleet-worker beside this program, with the same configuration. What they write on
 * stderr waits for local_fleet_hear. */
bool local_fleet_start_workers(LocalFleet *fleet, const Config *config, const char *config_path, int count,
                               Error *error) MUST_USE;

typedef void LocalFleetLineFunction(void *context, const char *line);

/* Calls each for the lines that the workers have written since the last call; waits for none. Failed attempts and
 * objects are left out, since the display tells of them from the ledger. */
void local_fleet_hear(LocalFleet *fleet, LocalFleetLineFunction *each, void *context);

/* Whether there were workers and all of them have ended. */
bool local_fleet_has_died(LocalFleet *fleet);

/* Ends the workers and waits for them. What they still say goes to stderr. */
void local_fleet_stop(LocalFleet *fleet);
