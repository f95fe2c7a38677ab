/* SPDX-License-Identifier: Apache-2.0
 *
 * list → plan: the datasets' objects, or those that somebody points at, compared with the ledger. However much of the
 * bucket a pass looks at, what it plans there is right: it compares ranges of keys that it has listed whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "coordinator/coordinator.h"
#include "db/plan.h"

typedef enum PassReach {
    PASS_FULL,    /* everything */
    PASS_HORIZON, /* behind each dataset's START_AFTER, as of HORIZON_DAYS ago */
} PassReach;

bool pass_datasets(Coordinator *coordinator, PassReach reach, PlanSummary *out_summary, Error *error) MUST_USE;

/* An object that an event named. */
typedef struct PassObject {
    char *bucket;
    char *key;
} PassObject;

/* Whether a dataset's LOCATION covers it. */
bool pass_covers(const Config *config, const char *bucket, const char *key);

/* Lists these objects' keys, each as a prefix, and nothing else. */
bool pass_objects(Coordinator *coordinator, const PassObject *objects, size_t count, PlanSummary *out_summary,
                  Error *error) MUST_USE;
