/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan step of the line: what a listing has that the ledger has not, as a new run. One plan at a time; a slow
 * listing can neither bring an old version back nor plan an object twice (ARCHITECTURE.md, "The plan is a
 * transaction"). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/fleet.h"
#include "db/connection.h"
#include "db/transaction.h"

typedef struct Plan Plan;

/* A range of keys that a pass lists whole; borrowed. */
typedef struct PlanRange {
    const char *dataset;
    const char *bucket;
    const char *prefix;
    const char *start_after; /* the key after which it begins; "": at the first */
    bool removes;            /* an object of the range that is not listed loses its rows */
    bool is_object;          /* it is the key prefix alone, which is no data */
    bool is_named;           /* an event named it: the dataset as a whole is not looked at */
} PlanRange;

typedef struct PlanSummary {
    int64_t listed;
    int64_t run; /* 0: nothing new, no run was made */
    int64_t tasks;
    int64_t objects; /* to load */
    int64_t bytes;
    int64_t removed;  /* objects that have vanished and lose their rows with this run */
    int64_t vanished; /* those that keep them */
    bool is_doubtful; /* nothing was planned, since objects have vanished and the listing is not sure */
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

/* Before the range's objects are fed. */
bool plan_add_range(Plan *plan, const PlanRange *range, Error *error) MUST_USE;

/* Objects that the ledger expects in a range, and its listing does not have. */
bool plan_add_absent(Plan *plan, const int64_t *objects, size_t count, Error *error) MUST_USE;

/* A dataset could not be listed whole: nothing of it has vanished. */
bool plan_forget_ranges(Plan *plan, const char *dataset, Error *error) MUST_USE;

/* listed: how many objects the ranges have. What differs of them is in the warehouse now (warehouse/feed.h). is_sure:
 * what is absent has vanished. */
bool plan_end_listing(Plan *plan, int64_t listed, bool is_sure, Error *error) MUST_USE;

/* Begins the transaction of whoever makes a run, of whom there is one at a time. Each statement after it sees what the
 * plan before this one committed. */
bool plan_begin_locked(Transaction *transaction, Connection *connection, Error *error) MUST_USE;

/* Whether anything has been gathered in copyfleet_new (plan/new.sql), so that a run is needed. */
bool plan_has_new(Connection *connection, bool *out_has, Error *error) MUST_USE;

/* A run of what has been gathered, in the transaction of plan_begin_locked: sets the run's number, tasks, objects and
 * bytes. kind is what makes it: load, retry, undo or reload. */
bool plan_make_run(Connection *connection, const char *kind, PlanSummary *summary, Error *error) MUST_USE;

/* Plans what is new and what has vanished, in one transaction: only after every listing was complete. If objects would
 * lose their rows by a listing that is not sure, nothing is planned (is_doubtful). */
bool plan_commit(Plan *plan, const FleetConfig *config, PlanSummary *out_summary, Error *error) MUST_USE;

/* What plan_commit would plan, by partition (plan/preview.sql), and changes nothing; of the summary what is listed,
 * vanished and removed. */
bool plan_preview(Plan *plan, const FleetConfig *config, PlanSummary *out_summary, Result *out_parts,
                  Error *error) MUST_USE;
