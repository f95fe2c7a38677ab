/* SPDX-License-Identifier: Apache-2.0
 *
 * COPY … FROM STDIN (FORMAT binary): the copy step of the line. Rows come whole, in PostgreSQL's binary layout
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"); header and trailer are written here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "db/connection.h"

/* sql is the COPY statement. */
bool copy_begin(Connection *connection, const char *sql, Error *error) MUST_USE;

/* Any number of whole rows. */
bool copy_write(Connection *connection, Slice rows, Error *error) MUST_USE;

/* Ends the COPY; the warehouse says how many rows it took. */
bool copy_end(Connection *connection, int64_t *out_rows, Error *error) MUST_USE;

/* Gives the COPY up, so that the transaction can be rolled back; nothing happens if none is under way. */
void copy_abandon(Connection *connection);

/* The row, counted from 1 among the rows sent, at which the COPY into the table failed last; 0 if the server does not
 * say. */
int64_t copy_failed_row(const Connection *connection, const char *table);

/* The same of a line of the server's CONTEXT. Pure. */
int64_t copy_find_row(const char *context, const char *table);
