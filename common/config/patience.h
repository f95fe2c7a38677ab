/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a service is waited for, and how often it is asked again: what [FLEET] says of all services, in the section
 * of each. */
#pragma once

#include <stdint.h>

#include "base/duration.h"
#include "base/retry.h"

typedef struct Patience {
    Duration connect_timeout; /* CONNECT_TIMEOUT_S */
    Duration stall;           /* STALL_S: a transfer or session without progress is given up */
    int64_t attempts_max;     /* ATTEMPTS_MAX */
    Backoff backoff;          /* between two attempts */
} Patience;
