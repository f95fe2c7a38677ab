/* SPDX-License-Identifier: Apache-2.0
 *
 * [FLEET]: how coordinator and workers go about their work. */
#pragma once

#include <stdint.h>

#include "base/duration.h"
#include "base/log.h"
#include "base/retry.h"

typedef struct FleetConfig {
    int64_t executors;        /* threads that load, of one worker */
    int64_t task_bytes_max;   /* if not set: the default of the kind of warehouse */
    int64_t task_objects_max; /* likewise */
    int64_t attempts_max;
    int64_t crashes_max;
    Backoff backoff;          /* between two tries of the same thing */
    Backoff outage_backoff;   /* between two looks whether a service is back; derived from backoff */
    Duration dispatch_repeat; /* first interval after which an unfinished task is published again; doubles */
    Duration dispatch_repeat_max;
    Duration pass_interval;
    Duration full_pass_interval; /* between passes that ignore START_AFTER */
    Duration event_pass_gap;     /* shortest time between two passes that events ask for */
    Duration outage_leave;       /* a worker that cannot work for so long leaves the group */
    Duration shutdown;           /* for running tasks to finish after SIGTERM */
    Duration connect_timeout;
    Duration stall; /* a transfer or session without progress is given up */
    LogLevel log_level;
    char *health_file; /* empty: none */
    LogFormat log_format;
} FleetConfig;
