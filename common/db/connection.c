/* SPDX-License-Identifier: Apache-2.0 */
#include "db/connection.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/retry.h"
#include "db/connection_private.h"
#include "db/sqlstate.h"

/* If the warehouse has LOCK alone, every writer of the ledger waits for that lock first. So conflicts come only from
 * others' transactions, and ten tries outlast those. */
#define CONFLICTS_MAX 10

void connection_copy_line(const char *message, char *line, size_t size)
{
    snprintf(line, size, "%s", message);
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    for (size_t length = strlen(line); length > 0 && strchr(" .", line[length - 1]); length--)
        line[length - 1] = '\0';
}

bool connection_open(const WarehouseConfig *config, const char *application_name, Connection **out_connection,
                     Error *error)
{
    AUTO_CONNECTION connection = NULL;
    if (!connection_dial(config, application_name, &connection, error) ||
        !connection->dialect->begin_session(connection, config, error) ||
        !connection_check_tables(connection, config, error))
        return false;
    *out_connection = take(connection);
    return true;
}

void connection_close(Connection *connection)
{
    if (!connection)
        return;
    PQfinish(connection->pg);
    free(connection->name);
    free(connection->schema);
    free(connection->schema_name);
    free(connection->schema_warning);
    free(connection->settings);
    free(connection);
}

void connection_end(Connection *connection)
{
    PQfinish(connection->pg);
    connection->pg = NULL;
}

bool connection_is_open(const Connection *connection)
{
    return connection && PQstatus(connection->pg) == CONNECTION_OK;
}

void connection_set_interrupt(Connection *connection, const atomic_bool *interrupt)
{
    connection->interrupt = interrupt;
}

bool connection_was_locked_out(const Connection *connection)
{
    return connection->was_locked_out;
}

ConnectionFault connection_fault(const Connection *connection)
{
    return connection->fault;
}

bool connection_may_try_again(const Connection *connection, unsigned tries)
{
    static const Backoff backoff = {.base_ms = 50, .wait_ms_max = 2000};
    return connection_is_open(connection) && connection->was_conflict && tries + 1 < CONFLICTS_MAX &&
           connection_wait_ms(connection, retry_next_ms(backoff, tries));
}

int connection_process(const Connection *connection)
{
    return connection->process;
}

bool connection_probe(const WarehouseConfig *config, Error *error)
{
    AUTO_CONNECTION connection = NULL;
    return connection_open(config, "copyfleet probe", &connection, error);
}

const char *connection_name(const Connection *connection)
{
    return connection->name;
}

/* undefined_table, undefined_function, undefined_object, invalid_schema_name */
static bool is_name_unknown(const char *state)
{
    static const char *const states[] = {"42P01", "42883", "42704", "3F000"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

/* What may be why, if the statement is a person's own. */
static bool add_open_schema(const Connection *connection, Error *error)
{
    Error said = *error;
    return error_set_service(error, said.kind, said.service,
                             "%.400s; schema %s is not searched, so write :schema.NAME, or mend this: %s", said.message,
                             connection->schema, connection->schema_warning);
}

/* The outermost statement's, which stands last. */
static void note_place(Connection *connection, const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    const char *last = context ? strrchr(context, '\n') : NULL;
    snprintf(connection->failed_at, sizeof connection->failed_at, "%s", last ? last + 1 : context ? context : "");
}

static const StateKind *find_kind(const PGresult *result, const char *state)
{
    return sqlstate_find(state, PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
                         PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION));
}

static void note_failure(Connection *connection, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *const *locks = connection->dialect->lock_states;
    for (size_t i = 0; state && i < sizeof connection->dialect->lock_states / sizeof *locks; i++)
        connection->was_locked_out = connection->was_locked_out || (locks[i] && strcmp(state, locks[i]) == 0);
    static const char *const no_parts[] = {"0A000", "25001", "2D000"};
    for (size_t i = 0; state && i < sizeof no_parts / sizeof *no_parts; i++)
        connection->was_no_part = connection->was_no_part || strcmp(state, no_parts[i]) == 0;
    connection->was_conflict =
        state && connection->dialect->is_conflict(state, primary ? primary : "", detail ? detail : "");
    connection->fault = state ? find_kind(result, state)->fault : FAULT_OF_SERVER;
    note_place(connection, result);
}

/* Whether the error arose inside a user's function, which may miss a table or a right of its own. Our own DO block,
 * which runs a file of SQL_DIR (run_part), does not count. */
static bool is_in_function(const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    return context && strstr(context, "PL/") && !strstr(context, "inline_code_block");
}

/* Detail and advice to append to the server's sentence; to be freed by the caller. */
static char *describe_rest(const Connection *connection, const PGresult *result, const StateKind *kind)
{
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    char line[300] = "";
    if (kind->besides == STATE_SAYS_DETAIL && detail)
        connection_copy_line(detail, line, sizeof line);
    else if (kind->besides == STATE_SAYS_ROLE)
        snprintf(line, sizeof line, "the role is %s", PQuser(connection->pg));
    bool is_advised = kind->advice && !(kind->fault == FAULT_OF_TABLE && is_in_function(result)); /* of another table */
    return memory_format("%s%s%s%s", *line ? "; " : "", line, is_advised ? "; " : "", is_advised ? kind->advice : "");
}

bool connection_fail(Connection *connection, const PGresult *result, Error *error)
{
    connection->was_locked_out = connection->was_conflict = connection->was_no_part = false;
    connection->fault = FAULT_OF_SERVER;
    if (connection->is_cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped while the warehouse was at work");
    if (result)
        note_failure(connection, result);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char reason[512];
    connection_copy_line(primary ? primary : PQerrorMessage(connection->pg), reason, sizeof reason);
    if (!state)
        return error_set_service(error, ERROR_RETRY, SERVICE_WAREHOUSE,
                                 "the connection to the warehouse at %s failed: %s", connection->name, reason);
    const StateKind *kind = find_kind(result, state);
    AUTO_FREE char *rest = describe_rest(connection, result, kind);
    error_set_service(error, kind->kind, SERVICE_WAREHOUSE, "the warehouse at %s says: %s (SQLSTATE %s)%s",
                      connection->name, reason, state, rest);
    return is_name_unknown(state) && connection->schema_warning ? add_open_schema(connection, error) : false;
}

static bool accept(Connection *connection, PGresult *result, Result *out_result, Error *error)
{
    ExecStatusType status = PQresultStatus(result);
    connection->was_locked_out = connection->was_conflict = connection->was_no_part = false;
    connection->fault = FAULT_OF_SERVER;
    /* A user's SQL file may hold nothing but comments. */
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
        connection_fail(connection, result, error);
        PQclear(result);
        return false;
    }
    if (out_result)
        out_result->pg = result;
    else
        PQclear(result);
    return true;
}

/* The last of the results, as PQexec and PQexecParams give it. A connection that is lost between two of them gives a
 * last one that is an error. */
static PGresult *wait_for_answer(Connection *connection)
{
    PGresult *last = NULL;
    do {
        PGresult *next = connection_next_result(connection);
        if (!next)
            return last;
        PQclear(last);
        last = next;
    } while (PQresultStatus(last) != PGRES_COPY_IN && PQstatus(connection->pg) == CONNECTION_OK);
    return last;
}

bool connection_take_answer(Connection *connection, bool is_sent, Result *out_result, Error *error)
{
    connection->is_cancelled = false;
    return accept(connection, is_sent ? wait_for_answer(connection) : NULL, out_result, error);
}

bool connection_execute(Connection *connection, const char *sql, Values values, Result *out_result, Error *error)
{
    ValueTexts texts;
    values_write(values, &texts);
    return connection->dialect->execute(connection, sql, texts.texts, values.count, out_result, error);
}

void connection_bind(Connection *connection, const char *ledger, ConnectionConfirm *confirm)
{
    assert(strlen(ledger) < sizeof connection->ledger && confirm);
    snprintf(connection->ledger, sizeof connection->ledger, "%s", ledger);
    connection->confirm = confirm;
}

const char *connection_ledger(const Connection *connection)
{
    return connection->ledger;
}

bool connection_run(Connection *connection, const char *sql, Result *out_result, Error *error)
{
    return connection->dialect->execute(connection, sql, NULL, 0, out_result, error);
}

bool connection_run_lock(Connection *connection, const char *sql, Error *error)
{
    connection->is_waiting_for_lock = true;
    bool is_locked = connection_run(connection, sql, NULL, error);
    connection->is_waiting_for_lock = false;
    return is_locked;
}

bool connection_is_in_transaction(const Connection *connection)
{
    PGTransactionStatusType status = PQtransactionStatus(connection->pg);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

bool connection_is_idle(const Connection *connection)
{
    return PQtransactionStatus(connection->pg) == PQTRANS_IDLE;
}

void connection_roll_back(Connection *connection)
{
    if (!connection_is_open(connection) || connection_is_idle(connection))
        return;
    PQclear(PQexec(connection->pg, "ROLLBACK"));
    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
        connection_end(connection); /* a session that cannot be rolled back is worth nothing */
        return;
    }
    if (connection->was_locked_out && connection->dialect->after_lock_wait)
        PQclear(PQexec(connection->pg, connection->dialect->after_lock_wait));
}

char *connection_quote_identifier(Connection *connection, const char *identifier)
{
    char *quoted = PQescapeIdentifier(connection->pg, identifier, strlen(identifier));
    char *copy = memory_copy_text(quoted ? quoted : "");
    PQfreemem(quoted);
    return copy;
}

char *connection_quote_literal(Connection *connection, const char *text)
{
    size_t length = strlen(text);
    AUTO_FREE char *escaped = memory_alloc_zeroed(2 * length + 1, 1);
    PQescapeStringConn(connection->pg, escaped, text, length, NULL);
    return memory_format("'%s'", escaped);
}
