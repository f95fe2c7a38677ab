/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether anybody loads what a run waits for: a person who waits for a worker that is not there must know it, and not
 * wait for ever. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/kafka.h"
#include "show/display.h"

/* Zeroed but for wait_s: nobody has looked. */
typedef struct Company {
    int wait_s;             /* for a first worker */
    int64_t quiet_since_ms; /* nothing was begun or finished since then */
    int64_t alone_since_ms; /* there is no worker since then; 0: there is one, or nobody has looked */
    int64_t attempts_seen, planned_seen;
    int64_t looks_judged; /* looks of the display that company_watch has seen */
} Company;

/* Judges the display's last look. If nothing has moved for a while, says whether a worker is in the group. FATAL if
 * none was for wait_s. */
bool company_watch(Company *company, const KafkaConfig *kafka, Display *display, Error *error) MUST_USE;
