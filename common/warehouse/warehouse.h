/* SPDX-License-Identifier: Apache-2.0
 *
 * What copyfleet asks of a warehouse. Two kinds answer, postgres and redshift ([CLUSTER] WAREHOUSE), and nobody above
 * asks which one it is:
 *
 *   open                    connection_open          db/connection.h: in the warehouse's dialect
 *   plan                    feed_…, below            how the listing reaches it; then db/plan.h
 *   claim, record           db/claim.h, db/record.h  statements of the same names in sql/postgres and sql/redshift
 *   load a task             loader_…, below          what lies between claim and report
 *   transform, report       db/transform.h, db/progress.h, db/dispatch.h: statements, likewise
 *   tidy                    warehouse_tidy, below    what is left on S3 once a run is done
 *
 * PostgreSQL is brought the rows: fetch → decode → COPY FROM STDIN. Redshift fetches: it is told by a manifest on S3
 * what to COPY. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "ledger/claim.h"
#include "ledger/plan.h"
#include "s3/s3.h"
#include "warehouse/outcome.h"

/* The listing on its way into the plan's table (plan_begin.sql). */
typedef struct Feed Feed;

/* Between plan_open and plan_end_listing; connection and s3 must outlive it. */
Feed *feed_open(const Config *config, Connection *connection, S3 *s3);
void feed_close(Feed *feed);
static inline void feed_auto_close(Feed **feed)
{
    feed_close(*feed);
}
#define AUTO_FEED AUTO(Feed *, feed_auto_close)

/* Adds a listed object; sent in batches. */
bool feed_add(Feed *feed, const PlanEntry *entry, Error *error) MUST_USE;

/* Sends what is left. *out_count: all that were added. */
bool feed_end(Feed *feed, int64_t *out_count, Error *error) MUST_USE;

/* What one executor loads with: the datasets' staging tables as the warehouse has them, and what the load of each
 * needs. */
typedef struct Loader Loader;

/* s3 must outlive the loader; config too. Nothing is asked yet. */
Loader *loader_open(const Config *config, S3 *s3);
void loader_close(Loader *loader);

/* NULL where the configuration has no such dataset. */
const Dataset *loader_find_dataset(const Loader *loader, const char *name);

/* Calls each for the datasets that loader_prepare failed for, with why. */
void loader_each_unusable(const Loader *loader, void (*each)(const Dataset *dataset, const Error *why));

/* Reads what a load of the dataset needs to know, unless that is known. REFUSED if a person has to mend something: then
 * it is tried again each time, and the other datasets are loaded. */
bool loader_prepare(Loader *loader, const char *dataset, Connection *connection, Error *error) MUST_USE;

/* A prepared task's objects into staging, exactly once. Fails where a service did; objects at fault are failures in the
 * outcome. In either case nothing was committed and no transaction is left open. */
bool loader_load(Loader *loader, Connection *connection, const Task *task, const atomic_bool *interrupt,
                 LoadOutcome *out_outcome, Error *error) MUST_USE;

/* Whether the dataset's table, if it is there already, can be loaded into: FATAL, and what to mend, if not. */
bool loader_check(const Config *config, Connection *connection, const Dataset *dataset, Error *error) MUST_USE;

/* The SQL that a load of the dataset sends, for people; to be freed by the caller. FATAL where its table cannot be
 * loaded into. */
bool loader_describe(const Config *config, Connection *connection, const Dataset *dataset, char **out_sql,
                     Error *error) MUST_USE;

/* Removes what runs that are done have left on S3. Run by the coordinators behind a transform, as often as they like.
 */
bool warehouse_tidy(const Config *config, Connection *connection, S3 *s3, Error *error) MUST_USE;
