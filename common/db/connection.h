/* SPDX-License-Identifier: Apache-2.0
 *
 * A session with the warehouse. libpq stays behind this header and copy.h: SQLSTATEs become kinds here. A session
 * belongs to one thread; a failed one is closed and opened anew, since its end is what frees its claim and its
 * transaction. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/slice.h"
#include "config/config.h"

typedef struct Connection Connection;

/* Connects by config, what is empty there by libpq's conventions (PG*, service, password file). The session keeps time
 * in UTC and notices a vanished peer by TCP keepalives within config's stall_s. OUTAGE where nobody answers, FATAL
 * where the server refuses us, or is not of the kind that the configuration says. */
bool connection_open(const Config *config, const char *application_name, Connection **out_connection,
                     Error *error) MUST_USE;
void connection_close(Connection *connection);
static inline void connection_auto_close(Connection **connection)
{
    connection_close(*connection);
}
#define AUTO_CONNECTION AUTO(Connection *, connection_auto_close)

/* Whether the session is still good for a statement: not after a lost connection. */
bool connection_is_open(const Connection *connection);

/* Ends the session, and with it all that it holds; the connection is not open from now on. */
void connection_end(Connection *connection);

/* Once *interrupt is set, a statement that takes long is cancelled, and fails as INTERRUPTED. */
void connection_set_interrupt(Connection *connection, const atomic_bool *interrupt);

/* Whether the last statement that failed did so because another session holds a lock. */
bool connection_was_locked_out(const Connection *connection);

/* Whose fault a failure is if rows were to go into a table of a person's. */
typedef enum ConnectionFault {
    FAULT_OF_SERVER, /* or of who else is at work there: it may pass */
    FAULT_OF_TABLE,  /* no row would do until a person mends the table */
    FAULT_OF_KEY,    /* a key of the table's forbids two rows that are the same in it */
    FAULT_OF_ROW,    /* this row will never do */
    FAULT_OF_EITHER, /* what a function of the person's raised: the row's if the server says which row it was at */
} ConnectionFault;

/* Of the last statement that failed. */
ConnectionFault connection_fault(const Connection *connection);

/* Whether it did so because of a transaction beside it, so that the same transaction, rolled back by now, may succeed:
 * waits a little then. tries counts from 0; false once it was tried often. */
bool connection_may_try_again(const Connection *connection, unsigned tries);

/* The server's number for the session. */
int connection_process(const Connection *connection);

/* Whether the warehouse answers: opens a session of its own. */
bool connection_probe(const Config *config, Error *error) MUST_USE;

/* host:port/database, for people. */
const char *connection_name(const Connection *connection);

/* What a statement returned: rows of text. Texts are valid until result_done. */
typedef struct Result {
    void *pg;
} Result;

#define AUTO_RESULT AUTO(Result, result_done)

void result_done(Result *result);
size_t result_row_count(const Result *result);
size_t result_column_count(const Result *result);
const char *result_column_name(const Result *result, size_t column);
bool result_column_is_number(const Result *result, size_t column);
bool result_column_is_bool(const Result *result, size_t column);
bool result_is_null(const Result *result, size_t row, size_t column);
const char *result_text(const Result *result, size_t row, size_t column);
int64_t result_number(const Result *result, size_t row, size_t column); /* 0 for NULL */
bool result_bool(const Result *result, size_t row, size_t column);

/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t result_changed_rows(const Result *result);

/* The column of that name; SIZE_MAX if there is none. */
size_t result_find_column(const Result *result, Slice name);

/* Of all rows; the result must have the column. */
int64_t result_sum(const Result *result, const char *column_name);

/* A result that no statement returned, to be shown like those that one did; types has a letter a column: t text, n
 * number, b boolean ("t" or "f"). A value NULL is NULL. */
void result_init(Result *out_result, const char *const *names, const char *types);
void result_add_row(Result *result, const char *const *values);

/* One statement with its values, as text or NULL, for $1, $2 … On Redshift, which knows no parameters, values become
 * literals, and a text may hold several statements: out_result (may be NULL) takes the last result that has columns.
 * What begins outside of a transaction is rolled back where it fails, and run again from its first statement where
 * another transaction was in its way: statements that commit one by one must bear that. */
bool connection_execute(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                        Result *out_result, Error *error) MUST_USE;

/* Statements without values; out_result may be NULL, else it takes what the last one returned. */
bool connection_run(Connection *connection, const char *sql, Result *out_result, Error *error) MUST_USE;

/* Runs SQL that a person may have written, any number of statements, as a part of the transaction that is open. FATAL
 * if the SQL tries to end that transaction or to begin another. Afterwards the session has the user, the settings and
 * the search_path that it began with. */
bool connection_run_part(Connection *connection, const char *sql, Error *error) MUST_USE;

/* The same of a query, which is one statement, with its values. */
bool connection_query_part(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                           Result *out_result, Error *error) MUST_USE;

/* One more setting of the session: made now, and again after each part that a person may have written. */
bool connection_add_setting(Connection *connection, const char *sql, Error *error) MUST_USE;

/* A statement that does nothing but wait for a lock: INTERRUPTED if the process is to stop meanwhile. */
bool connection_run_lock(Connection *connection, const char *sql, Error *error) MUST_USE;

/* Rolls back what is open; the error that led here stays the one to report. */
void connection_roll_back(Connection *connection);

/* The default schema, quoted for SQL, or as it is called. It holds the star schema and each staging table that is named
 * without a schema; it is the first schema of the role's own search_path, resolved once a session. No session of ours
 * has a schema in its search_path in which others may create or have a function: that wins over the warehouse's own if
 * its arguments' types fit better. */
const char *connection_schema(const Connection *connection);
const char *connection_schema_name(const Connection *connection);

/* A clause that says why no session searches it, and what to do about that; NULL if they do. */
const char *connection_schema_warning(const Connection *connection);

/* A table of the configuration with its schema, for SQL; to be freed by the caller. */
char *connection_qualify(const Connection *connection, const char *table);

/* An identifier, quoted for SQL; to be freed by the caller. */
char *connection_quote_identifier(Connection *connection, const char *identifier);

/* A literal, likewise. */
char *connection_quote_literal(Connection *connection, const char *text);
