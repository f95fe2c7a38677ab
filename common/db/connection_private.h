/* SPDX-License-Identifier: Apache-2.0
 *
 * What the modules of this floor share about a session; nobody above includes it. */
#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>

#include "db/connection.h"
#include "ledger/ledger.h"
#include "ledger/record.h"

/* How a kind of warehouse is spoken to. What it is asked stands in sql/NAME; how tasks get into it, one floor up
 * (warehouse/warehouse.h). */
typedef struct Dialect {
    const char *name;                  /* of [CLUSTER] WAREHOUSE, and of the folder of its SQL */
    const char *sslmode, *sslrootcert; /* where the configuration says nothing; "": libpq's own */
    /* Right after the connect: that the server is one of these, and the session's settings. */
    bool (*begin_session)(Connection *connection, const Config *config, Error *error);
    /* connection_run_part and connection_query_part, but for the question whether the transaction is still open. */
    bool (*run_part)(Connection *connection, const char *sql, Error *error);
    bool (*query_part)(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                       Result *out_result, Error *error);
    bool (*execute)(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                    Result *out_result, Error *error);
    bool (*add_rejects)(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error);
    bool (*add_fields)(Connection *connection, const Task *task, const FieldRow *rows, size_t count, Error *error);
    /* Whether it refused a transaction because of another one, so that the same again may succeed; no text is NULL. */
    bool (*is_conflict)(const char *state, const char *primary, const char *detail);
    const char *lock_states[2]; /* SQLSTATEs of a wait for a lock that was given up */
} Dialect;

extern const Dialect dialect_postgres, dialect_redshift;

bool rejects_postgres_add(Connection *connection, const Task *task, const RejectRow *rows, size_t count,
                          Error *error) MUST_USE;
bool rejects_redshift_add(Connection *connection, const Task *task, const RejectRow *rows, size_t count,
                          Error *error) MUST_USE;

bool fields_postgres_add(Connection *connection, const Task *task, const FieldRow *rows, size_t count,
                         Error *error) MUST_USE;
bool fields_redshift_add(Connection *connection, const Task *task, const FieldRow *rows, size_t count,
                         Error *error) MUST_USE;

struct Connection {
    PGconn *pg;
    const Dialect *dialect;
    char *name;
    char ledger[LEDGER_ID_SIZE]; /* that the session is bound to (ledger_bind); "": to none */
    char *schema;                /* the default one, which has the star schema, as SQL writes it */
    char *schema_name;           /* the same, as it is called */
    char *schema_warning;        /* why names are not looked up there, and what to do; NULL: they are */
    char *settings;              /* SQL that gives the session its user and settings, whatever was set since */
    bool has_locked;             /* the ledger, and nothing else in this transaction yet */
    bool was_locked_out;         /* the last failure was a wait for a lock */
    bool was_conflict;           /* it was a conflict with another transaction: the same again may succeed */
    ConnectionFault fault;       /* whose it was */
    char failed_at[256];         /* what the server was at then, as its CONTEXT says last; "": it does not say */
    bool was_no_part;            /* it was a statement that may not be a part of a transaction */

    const atomic_bool *interrupt; /* once it is set, what the server is at is cancelled; NULL: nobody sets one */
    bool is_waiting_for_lock;     /* and nothing else: cancelled if the process is to stop */
    bool is_cancelled;            /* the statement, by us */
};

/* Turns a failed result, or the session's own error where result is NULL, into a kind and a sentence; returns false. */
bool connection_fail(Connection *connection, const PGresult *result, Error *error);

/* As PQgetResult, but a wish to stop is seen meanwhile. */
PGresult *connection_next_result(Connection *connection);

/* Sends what libpq has gathered, and also sees a wish to stop; false if the session is lost. */
bool connection_send_all(Connection *connection) MUST_USE;

/* The one row of default_schema.sql. */
void connection_take_schema(Connection *connection, const Result *schema);

/* What a query or script that was sent answers: the last of its results, in *out_result where it is not NULL. */
bool connection_take_answer(Connection *connection, bool is_sent, Result *out_result, Error *error) MUST_USE;
