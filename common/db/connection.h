/* SPDX-License-Identifier: Apache-2.0
 *
 * A session with the warehouse. Nobody else sees libpq: SQLSTATEs become kinds here. A session
 * belongs to one thread; a failed one is closed and opened again, since its end is what frees its claim and its
 * transaction. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/slice.h"
#include "config/warehouse.h"
#include "db/result.h"
#include "db/values.h"

/* A ledger's id: a UUID as text, with its NUL. */
#define LEDGER_ID_SIZE 37

typedef struct Connection Connection;

/* Connects as config says. What config leaves empty, libpq finds by its own conventions (PG*, service, password file).
 * The session keeps time in UTC and notices a vanished peer by TCP keepalives within config's stall_s. OUTAGE if nobody
 * answers, DENIED if the server refuses us, FATAL if it is not of the kind that the configuration says. */
bool connection_open(const WarehouseConfig *config, const char *application_name, Connection **out_connection,
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

/* Who is to blame if a statement fails while it brings rows into a user's table. */
typedef enum ConnectionFault {
    FAULT_OF_SERVER, /* or of who else is at work there: it may pass */
    FAULT_OF_TABLE,  /* no row would do until a person mends the table */
    FAULT_OF_KEY,    /* a unique key of the table refuses a second row */
    FAULT_OF_ROW,    /* this row will never do */
    FAULT_OF_EITHER, /* a user's function raised it: the row's fault if the server says which row it was at, else the
                        table's */
} ConnectionFault;

/* Of the last statement that failed. */
ConnectionFault connection_fault(const Connection *connection);

/* Whether the last failure was a conflict with another transaction and a try is left: the same transaction, rolled back
 * by now, may then succeed. If so, waits before it returns, a stop of the process or not; false once the session is
 * interrupted. tries: how many tries failed before that one. */
bool connection_may_try_again(const Connection *connection, unsigned tries);

/* The server's number for the session. */
int connection_process(const Connection *connection);

/* Whether the warehouse answers: opens a session of its own. */
bool connection_probe(const WarehouseConfig *config, Error *error) MUST_USE;

/* host:port/database, for people. */
const char *connection_name(const Connection *connection);

/* One statement with its values. On Redshift, which knows no parameters, values become literals, and a text may hold
 * several statements: out_result (may be NULL) takes the last result that has columns. There, if a text that is run
 * outside of a transaction fails because another transaction was in its way, it is run again from its first statement:
 * statements that commit one by one must bear that. */
bool connection_execute(Connection *connection, const char *sql, Values values, Result *out_result,
                        Error *error) MUST_USE;

/* Statements without values; out_result may be NULL, else it takes what the last one returned. */
bool connection_run(Connection *connection, const char *sql, Result *out_result, Error *error) MUST_USE;

/* Runs SQL that a person may have written, any number of statements, as a part of the transaction that is open. FATAL
 * if the SQL tries to end that transaction or to begin another. Afterwards the session has the user, the settings and
 * the search_path that it began with. */
bool connection_run_part(Connection *connection, const char *sql, Error *error) MUST_USE;

/* The same of a query, which is one statement, with its values as texts. */
bool connection_query_part(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                           Result *out_result, Error *error) MUST_USE;

/* Whether the ledger is still the one that the session is bound to; FATAL if it is not. */
typedef bool ConnectionConfirm(Connection *connection, Error *error);

/* Binds the session to a ledger, and tells how it is confirmed; connection_ledger is "" before. */
void connection_bind(Connection *connection, const char *ledger, ConnectionConfirm *confirm);
const char *connection_ledger(const Connection *connection);

/* One more setting of the session: made now, and again after each part that a person may have written. */
bool connection_add_setting(Connection *connection, const char *sql, Error *error) MUST_USE;

/* A statement that does nothing but wait for a lock: INTERRUPTED if the process is to stop meanwhile. */
bool connection_run_lock(Connection *connection, const char *sql, Error *error) MUST_USE;

/* Rolls back what is open; the error that led here stays the one to report. */
void connection_roll_back(Connection *connection);

/* Whether a transaction is open, failed ones too. A session that is lost has none. */
bool connection_is_in_transaction(const Connection *connection);

/* Whether the session is there, and in no transaction. What may only be called in a transaction asserts that this is
 * false, since the session may have been lost meanwhile. */
bool connection_is_idle(const Connection *connection);

/* The default schema, quoted for SQL, or as it is called. It holds the star schema and each staging table that is named
 * without a schema; it is the first schema of the role's own search_path, resolved once a session. No session of ours
 * has a schema in its search_path in which others may create or have a function: that wins over the warehouse's own if
 * its arguments' types fit better. */
const char *connection_schema(const Connection *connection);
const char *connection_schema_name(const Connection *connection);

/* A clause that says why the default schema is not in the search_path, and what to do; NULL if it is. */
const char *connection_schema_warning(const Connection *connection);

/* A table of the configuration with its schema, for SQL; to be freed by the caller. */
char *connection_qualify(const Connection *connection, const char *table);

/* An identifier, quoted for SQL; to be freed by the caller. */
char *connection_quote_identifier(Connection *connection, const char *identifier);

/* A literal, likewise. */
char *connection_quote_literal(Connection *connection, const char *text);
