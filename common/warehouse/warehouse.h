/* SPDX-License-Identifier: Apache-2.0
 *
 * What copyfleet asks of a warehouse. Two kinds answer, postgres and redshift ([CLUSTER] WAREHOUSE), and nobody above
 * asks which one it is:
 *
 *   open               connection_open in db/connection.h: in the warehouse's dialect
 *   plan               warehouse/feed.h: how the listing reaches the warehouse; then ledger/plan.h
 *   claim, record      ledger/claim.h, ledger/record.h: statements of the same names in sql/postgres and sql/redshift
 *   load a task        warehouse/loader.h: what lies between claim and report
 *   transform          ledger/transform.h: statements, likewise
 *   dispatch, collect  ledger/dispatch.h, ledger/progress.h: statements, likewise
 *   tidy               warehouse_tidy, below: what is left on S3 once a run is done
 *
 * PostgreSQL is brought the rows: fetch → decode → COPY FROM STDIN. Redshift fetches: it is told by a manifest on S3
 * what to COPY. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "s3/s3.h"

/* Removes what runs that are done have left on S3. Coordinators run it after a transform, as often as they like. */
bool warehouse_tidy(Connection *connection, const Config *config, S3 *s3, Error *error) MUST_USE;
