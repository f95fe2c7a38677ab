/* SPDX-License-Identifier: Apache-2.0
 *
 * The statements on the ledger: sql/WAREHOUSE/statements, a file a statement, in folders by who runs them. No user's
 * SQL_DIR replaces them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/sql.h"

/* Runs a statement on the ledger, such as "claim/lock": statements/claim/lock.sql of the connection's warehouse. It is
 * the same question on every warehouse, with the same values and columns. */
bool statement_run(Connection *connection, const char *name, Values values, Result *out_result, Error *error) MUST_USE;

/* Whether the connection's warehouse has the statement: if one of them has nothing to do, it has no file of the name.
 */
bool statement_exists(const Connection *connection, const char *name);

/* Runs the statement if it exists; if not, nothing happens, and *out_result has no rows. */
bool statement_run_if_any(Connection *connection, const char *name, Values values, Result *out_result,
                          Error *error) MUST_USE;

/* The statement's text with its places filled, to be freed by the caller; every ":name" must be among them. */
char *statement_fill(const Connection *connection, const char *name, const SqlPlace *places, size_t place_count);

/* One about a dataset's staging table, ":table" in it, which gets its schema. */
char *statement_on(const Connection *connection, const char *name, const char *table);
