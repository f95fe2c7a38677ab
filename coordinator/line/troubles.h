/* SPDX-License-Identifier: Apache-2.0
 *
 * What a watch says of rounds that fail: in its log, each trouble once, and in the ledger by its heartbeat. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "line/heartbeat.h"

typedef struct Troubles {
    bool is_lost[ERROR_SERVICES]; /* said of each service */
    char failed[1024];            /* what was said of the last round; "": all was well */
    unsigned failures;            /* of rounds, in a row, though the services are there */
    int64_t say_again_at_ms;
} Troubles;

/* An outage is said once a service, whatever each try says of it. */
void troubles_say_lost(Troubles *troubles, Heartbeat *heartbeat, const Error *error);

/* What fails though the services are there is said again if it is something else, and now and then. What passes by
 * itself, such as a deadlock, is nothing to tell a person. */
void troubles_say_failed(Troubles *troubles, Heartbeat *heartbeat, const Error *error);

/* A round was through. */
void troubles_say_over(Troubles *troubles, Heartbeat *heartbeat);
