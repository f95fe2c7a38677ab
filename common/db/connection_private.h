/* SPDX-License-Identifier: Apache-2.0
 *
 * What the modules of this floor share about a session; nobody above includes it. */
#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>

#include "db/connection.h"
#include "db/transaction.h"

/* How a kind of warehouse is spoken to. What it is asked stands in sql/NAME; how tasks get into it, one floor up
 * (warehouse/warehouse.h). */
typedef struct Dialect {
    const char *name;                  /* of [CLUSTER] WAREHOUSE, and of the folder of its SQL */
    const char *sslmode, *sslrootcert; /* if the configuration says nothing; "": libpq's own */
    /* Right after the connect: that the server is one of these, and the session's settings. */
    bool (*begin_session)(Connection *connection, const WarehouseConfig *config, Error *error);
    const char *beginnings[TRANSACTION_KINDS]; /* how each kind of transaction begins */
    /* connection_run_part and connection_query_part call these, and then check that the transaction is still open. */
    bool (*run_part)(Connection *connection, const char *sql, Error *error);
    bool (*query_part)(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                       Result *out_result, Error *error);
    bool (*execute)(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                    Result *out_result, Error *error);
    bool copies_from_client; /* COPY … FROM STDIN */
    bool ends_what_was_sent; /* a text sent outside of a transaction is one, and is ended whatever becomes of us */
    /* Whether the failure is a conflict with another transaction, so that the same again may succeed. The texts are
     * never NULL. */
    bool (*is_conflict)(const char *state, const char *primary, const char *detail);
    const char *lock_states[2];  /* SQLSTATEs of a wait for a lock that was given up */
    const char *after_lock_wait; /* SQL after a transaction that ended so; NULL: none */
} Dialect;

extern const Dialect dialect_postgres, dialect_redshift;

struct Connection {
    PGconn *pg;
    const Dialect *dialect;
    char *name;
    int process;                 /* the server's number for the session */
    char ledger[LEDGER_ID_SIZE]; /* that the session is bound to; "": to none */
    ConnectionConfirm *confirm;  /* that it is still this one; NULL: bound to none */
    char *schema;                /* the default one, which has the star schema, as SQL writes it */
    char *schema_name;           /* the same, as it is called */
    char *schema_warning;        /* why names are not looked up there, and what to do; NULL: they are */
    char *settings;              /* SQL that gives the session its user and settings, whatever was set since */
    bool has_locked;             /* this transaction has run LOCKs of the ledger, and nothing but SET since */
    bool was_locked_out;         /* the last failure was a wait for a lock */
    bool was_conflict;     /* the last failure was a conflict with another transaction: the same again may succeed */
    ConnectionFault fault; /* who is to blame for the last failure */
    char failed_at[256];   /* what the server was at when it failed, as its CONTEXT says last; "": it does not say */
    bool was_no_part;      /* the last failure was of a statement that may not be a part of a transaction */

    const atomic_bool *interrupt; /* once it is set, what the server is at is cancelled; NULL: nobody sets one */
    bool is_waiting_for_lock;     /* and nothing else: cancelled if the process is to stop */
    bool is_cancelled;            /* the statement, by us */
};

/* Connects, and no more: the session is as the server gives it. */
bool connection_dial(const WarehouseConfig *config, const char *application_name, Connection **out_connection,
                     Error *error) MUST_USE;

/* One line of what the server says, which may be several, without the full stop at its end. */
void connection_copy_line(const char *message, char *line, size_t size);

/* Turns a failed result, or the session's own error if result is NULL, into a kind and a sentence; returns false. */
bool connection_fail(Connection *connection, const PGresult *result, Error *error);

/* As PQgetResult, but a wish to stop is seen meanwhile. */
PGresult *connection_next_result(Connection *connection);

/* Waits for nothing but the time; false if the session is to stop. */
bool connection_wait_ms(const Connection *connection, int64_t wait_ms);

/* Sends what libpq has gathered, and also sees a wish to stop; false if the session is lost. */
bool connection_send_all(Connection *connection) MUST_USE;

/* The one row of session/schema.sql. */
void connection_take_schema(Connection *connection, const Result *schema);

/* FATAL if two datasets have one table. One may name it with the default schema, and the other without. */
bool connection_check_tables(const Connection *connection, const WarehouseConfig *config, Error *error) MUST_USE;

/* What a query or script that was sent answers: the last of its results, in *out_result if that is not NULL. */
bool connection_take_answer(Connection *connection, bool is_sent, Result *out_result, Error *error) MUST_USE;
