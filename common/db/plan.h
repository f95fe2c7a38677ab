/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan step of the line: what a listing has that the ledger has not, as a new run. One plan at a time; a slow
 * listing can neither bring an old version back nor plan an object twice (ARCHITECTURE.md, "The plan is a
 * transaction"). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/config.h"
#include "base/error.h"
#include "db/connection.h"

typedef struct Plan Plan;

/* An object as it was listed; borrowed. */
typedef struct PlanEntry {
    const char *dataset;
    const char *bucket;
    const char *key;
    const char *etag;
    const char *modified; /* as S3 wrote it */
    const char *partition;
    int64_t size;
} PlanEntry;

typedef struct PlanSummary {
    int64_t listed;
    int64_t run; /* 0: nothing new, no run was made */
    int64_t objects;
    int64_t bytes;
    int64_t tasks;
} PlanSummary;

/* Reads the number of the last run: call it before the listing begins. The connection is the plan's until it is closed.
 */
bool plan_open(Connection *connection, Plan **out_plan, Error *error) MUST_USE;
void plan_close(Plan *plan);
static inline void plan_auto_close(Plan **plan)
{
    plan_close(*plan);
}
#define AUTO_PLAN AUTO(Plan *, plan_auto_close)

/* Adds a listed object; sent to the warehouse in batches. */
bool plan_add(Plan *plan, const PlanEntry *entry, Error *error) MUST_USE;

/* Plans what is new, in one transaction: only after every listing was complete. */
bool plan_commit(Plan *plan, const Config *config, PlanSummary *out_summary, Error *error) MUST_USE;
