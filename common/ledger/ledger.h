/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger as a whole: making it, and knowing which one it is. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/warehouse.h"
#include "db/connection.h"

/* Makes ledger, staging tables and star schema, what exists stays as it is; with drop, drops them all first. */
bool ledger_create_tables(Connection *connection, const WarehouseConfig *config, bool drop, Error *error) MUST_USE;

/* Binds the session to the ledger. FATAL if there is none, or if this program does not know its schema version. */
bool ledger_read_id(Connection *connection, char out_id[LEDGER_ID_SIZE], Error *error) MUST_USE;

/* Binds a later session of a program to the ledger that the program began with: from now on each transaction of the
 * session that writes the ledger fails, FATAL, if the tables were made again meanwhile, or brought up to date by a
 * newer program. On PostgreSQL the ledger sees to it (copyfleet.refuse_strangers), on Redshift the dialect, after each
 * LOCK. A session that cannot be bound is ended. */
bool ledger_bind(Connection *connection, const char *id, Error *error) MUST_USE;

/* FATAL if the ledger is not the one that the session is bound to; for sessions that only read. */
bool ledger_confirm(Connection *connection, Error *error) MUST_USE;
