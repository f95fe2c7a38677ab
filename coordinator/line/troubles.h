/* SPDX-License-Identifier: Apache-2.0
 *
 * What a watch says of rounds that fail: in its log, each trouble once, and in the ledger by its heartbeat. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/outage.h"
#include "config/config.h"
#include "line/heartbeat.h"

typedef struct Troubles {
    Heartbeat *heartbeat;    /* borrowed */
    Outages outages;         /* of services as a whole */
    char failed[1024];       /* what was said of the last round; "": all was well */
    unsigned failures;       /* of rounds, in a row, though the services are there */
    int64_t say_again_at_ms; /* the same failure */
} Troubles;

void troubles_init(Troubles *troubles, Heartbeat *heartbeat, const Config *config);
void troubles_done(Troubles *troubles);

/* A service does not answer. That is said once a service, whatever each try says of it, and once more if the service
 * turns out to refuse us (DENIED), since a person has to know. */
void troubles_say_lost(Troubles *troubles, const Error *error);

/* A lost service has answered: what needs it is tried again. Its return is logged only after a whole round. */
void troubles_note_answer(Troubles *troubles, ErrorService service);

/* Whether the service was lost and has not answered since. */
bool troubles_misses(Troubles *troubles, ErrorService service);

/* A round failed though the services are there. The same failure is said again now and then only. Nobody is told by the
 * heartbeat of what passes by itself, such as a deadlock. */
void troubles_say_failed(Troubles *troubles, const Error *error);

/* A round was through. left is what a person has to mend though all works, or NULL. */
void troubles_say_over(Troubles *troubles, const Error *left);
