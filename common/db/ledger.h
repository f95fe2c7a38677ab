/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger as a whole: making it, and knowing which one it is. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/config.h"
#include "base/error.h"
#include "db/connection.h"

/* A UUID as text, with its NUL. */
#define LEDGER_ID_SIZE 37

/* Makes ledger, staging tables and star schema, what exists stays as it is; with drop, drops them all first. */
bool ledger_create_tables(Connection *connection, const Config *config, bool drop, Error *error) MUST_USE;

/* FATAL where there is no ledger, or one of a schema version that this program does not know. */
bool ledger_read_id(Connection *connection, char out_id[LEDGER_ID_SIZE], Error *error) MUST_USE;
