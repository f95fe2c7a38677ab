/* SPDX-License-Identifier: Apache-2.0 */
#include "db/connection.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/stop.h"
#include "config/backoff.h"
#include "db/connection_private.h"
#include "db/sqlstate.h"

/* Every writer of the ledger waits for a lock first where there is LOCK alone, so that conflicts come from others'
 * transactions: ten tries outlast those. */
#define CONFLICTS_MAX 10

typedef struct Parameters {
    const char *keywords[24];
    const char *values[24];
    size_t count;
    char connect_timeout[24];
    char idle[24];
    char user_timeout_ms[24];
} Parameters;

static void add(Parameters *parameters, const char *keyword, const char *value)
{
    if (!*value)
        return;
    parameters->keywords[parameters->count] = keyword;
    parameters->values[parameters->count++] = value;
}

/* Three keepalives within stall_s: a machine that vanished keeps no lock for longer. */
static void collect_parameters(const Config *config, const Dialect *dialect, const char *application_name,
                               Parameters *parameters)
{
    int64_t interval_s = config->stall_s / 4 > 0 ? config->stall_s / 4 : 1;
    snprintf(parameters->connect_timeout, sizeof parameters->connect_timeout, "%" PRId64, config->connect_timeout_s);
    snprintf(parameters->idle, sizeof parameters->idle, "%" PRId64, interval_s);
    snprintf(parameters->user_timeout_ms, sizeof parameters->user_timeout_ms, "%" PRId64, config->stall_s * 1000);

    add(parameters, "host", config->db_host);
    add(parameters, "port", config->db_port);
    add(parameters, "dbname", config->db_name);
    add(parameters, "user", config->db_user);
    add(parameters, "password", config->db_password);
    add(parameters, "sslmode", *config->db_sslmode ? config->db_sslmode : dialect->sslmode);
    add(parameters, "sslrootcert", *config->db_sslrootcert ? config->db_sslrootcert : dialect->sslrootcert);
    add(parameters, "application_name", application_name);
    add(parameters, "client_encoding", "UTF8");
    add(parameters, "connect_timeout", parameters->connect_timeout);
    add(parameters, "keepalives_idle", parameters->idle);
    add(parameters, "keepalives_interval", parameters->idle);
    add(parameters, "keepalives_count", "3");
    add(parameters, "tcp_user_timeout", parameters->user_timeout_ms);
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* One line of what the server says, which may be several, without the full stop at its end. */
static void copy_line(const char *message, char *line, size_t size)
{
    snprintf(line, size, "%s", message);
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    for (size_t length = strlen(line); length > 0 && strchr(" .", line[length - 1]); length--)
        line[length - 1] = '\0';
}

static char *describe(PGconn *pg)
{
    const char *host = PQhost(pg), *port = PQport(pg), *database = PQdb(pg);
    return memory_format("%s:%s/%s", host && *host ? host : "localhost", port ? port : "", database ? database : "");
}

/* libpq gives no SQLSTATE for a refused connection. A text that is not known, or is in another language, is an outage:
 * a worker then says it and waits, which is the lesser harm. */
static bool is_refusal(const char *reason)
{
    static const char *const texts[] = {"authentication failed", "no password supplied",      "pg_hba.conf",
                                        "does not exist",        "permission denied",         "certificate",
                                        "does not support SSL",  "is not permitted to log in"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strstr(reason, texts[i]))
            return true;
    return false;
}

static bool fail_to_connect(PGconn *pg, Error *error)
{
    char reason[512];
    copy_line(PQerrorMessage(pg), reason, sizeof reason);
    AUTO_FREE char *name = describe(pg);
    if (is_refusal(reason))
        return error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                                 "the warehouse at %s refuses the connection: %s", name, reason);
    return error_set_service(error, ERROR_OUTAGE, SERVICE_WAREHOUSE, "the warehouse at %s cannot be reached: %s", name,
                             reason);
}

static const Dialect *find_dialect(const Config *config)
{
    return strcmp(config->warehouse, dialect_redshift.name) == 0 ? &dialect_redshift : &dialect_postgres;
}

bool connection_open(const Config *config, const char *application_name, Connection **out_connection, Error *error)
{
    Parameters parameters = {0};
    const Dialect *dialect = find_dialect(config);
    collect_parameters(config, dialect, application_name, &parameters);
    pulse_allow_ms(config->connect_timeout_s * 1000);
    PGconn *pg = PQconnectdbParams(parameters.keywords, parameters.values, 0);
    pulse_beat();
    if (!pg)
        error_abort("out of memory");
    if (PQstatus(pg) != CONNECTION_OK) {
        fail_to_connect(pg, error);
        PQfinish(pg);
        return false;
    }
    PQsetNoticeReceiver(pg, ignore_notice, NULL);

    AUTO_CONNECTION connection = memory_alloc_zeroed(1, sizeof *connection);
    connection->pg = pg;
    connection->dialect = dialect;
    connection->name = describe(pg);
    if (!dialect->begin_session(connection, config, error))
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
           stop_wait_ms(backoff_next_ms(backoff, tries));
}

int connection_process(const Connection *connection)
{
    return PQbackendPID(connection->pg);
}

bool connection_probe(const Config *config, Error *error)
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
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    connection->fault = state ? sqlstate_find(state, constraint)->fault : FAULT_OF_SERVER;
    note_place(connection, result);
}

/* What follows the server's sentence: what is to be known besides, and what to do. To be freed by the caller. */
static char *describe_rest(const Connection *connection, const PGresult *result, const StateKind *kind)
{
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    char line[300] = "";
    if (kind->besides == STATE_SAYS_DETAIL && detail)
        copy_line(detail, line, sizeof line);
    else if (kind->besides == STATE_SAYS_ROLE)
        snprintf(line, sizeof line, "the role is %s", PQuser(connection->pg));
    return memory_format("%s%s%s%s", *line ? "; " : "", line, kind->advice ? "; " : "",
                         kind->advice ? kind->advice : "");
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
    copy_line(primary ? primary : PQerrorMessage(connection->pg), reason, sizeof reason);
    if (!state)
        return error_set_service(error, ERROR_RETRY, SERVICE_WAREHOUSE,
                                 "the connection to the warehouse at %s failed: %s", connection->name, reason);
    const StateKind *kind = sqlstate_find(state, PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
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

bool connection_execute(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                        Result *out_result, Error *error)
{
    return connection->dialect->execute(connection, sql, values, value_count, out_result, error);
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

void connection_roll_back(Connection *connection)
{
    if (connection_is_open(connection) && PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
        PQclear(PQexec(connection->pg, "ROLLBACK"));
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
