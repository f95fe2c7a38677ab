/* SPDX-License-Identifier: Apache-2.0
 *
 * Redshift: the simple query protocol, one statement at a time, values as literals. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"
#include "db/script.h"
#include "db/statement.h"

/* Redshift's own limit for a statement: https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html */
#define STATEMENT_BYTES_MAX (16 * MIB)

static bool check_server(Connection *connection, Error *error)
{
    AUTO_RESULT result = {0};
    if (!connection_run(connection, "SELECT pg_catalog.version()", &result, error))
        return false;
    const char *version = result_only_text(&result);
    return strstr(version, "Redshift") ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "the server at %s is no Redshift, it says %.100s; if that is right, set [CLUSTER] "
                             "WAREHOUSE = postgres",
                             connection->name, version);
}

/* pg_catalog alone until it is known whether something of others' could be found in the schema. */
static bool find_schema(Connection *connection, Error *error)
{
    AUTO_RESULT path = {0}, schema = {0};
    if (!connection_run(connection, "SELECT COALESCE(pg_catalog.current_schema(), 'public')", &path, error) ||
        !connection_run(connection, "SET search_path TO pg_catalog", NULL, error))
        return false;
    if (!statement_run(connection, "session/schema", VALUES(TEXT_VALUE(result_only_text(&path))), &schema, error))
        return false;
    connection_take_schema(connection, &schema);
    return true;
}

static char *make_settings(const Connection *connection)
{
    return memory_format("SET search_path TO %s; SET timezone TO 'UTC'; SET datestyle TO 'ISO, MDY';"
                         "SET statement_timeout TO 0; SET query_group TO 'copyfleet'",
                         connection->schema_warning ? "pg_catalog" : connection->schema);
}

static bool begin_session(Connection *connection, const WarehouseConfig *config, Error *error)
{
    (void)config;
    if (!check_server(connection, error) || !find_schema(connection, error))
        return false;
    connection->settings = make_settings(connection);
    return connection_run(connection, connection->settings, NULL, error);
}

static bool is_in_transaction(const Connection *connection)
{
    return PQtransactionStatus(connection->pg) != PQTRANS_IDLE;
}

/* Keeps the last result that has columns; if none has, the last result. A file may end with UPDATE. */
static void keep(Result *kept, Result *next)
{
    bool is_better = !kept->pg || result_column_count(next) > 0 || result_column_count(kept) == 0;
    if (is_better) {
        result_done(kept);
        *kept = *next;
    } else {
        result_done(next);
    }
}

static bool refuse_control(Connection *connection, const char *control, Error *error)
{
    connection->was_no_part = true;
    return error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE, "%s may not stand here", control);
}

static bool begins_with(const char *statement, const char *text)
{
    return strncmp(statement, text, strlen(text)) == 0;
}

/* A transaction that writes the ledger begins with LOCK (ARCHITECTURE.md). LOCK and SET take no snapshot, and the
 * statement after them does: before that one the session asks whether the ledger is still its own. */
static bool is_of_its_ledger(Connection *connection, const char *statement, Error *error)
{
    bool is_lock = begins_with(statement, "LOCK copyfleet."), is_set = begins_with(statement, "SET ");
    bool has_locked = connection->has_locked && is_in_transaction(connection);
    connection->has_locked = is_lock || (has_locked && is_set);
    bool must_ask = has_locked && !is_lock && !is_set && connection->confirm;
    return !must_ask || connection->confirm(connection, error);
}

/* is_part: a person may have written the script, which may not end the transaction that it runs in. */
static bool run_script(Connection *connection, const char *sql, const char *const *literals, size_t literal_count,
                       bool is_part, Result *kept, Error *error)
{
    AUTO_BUFFER statement;
    buffer_init(&statement, STATEMENT_BYTES_MAX);
    for (Slice rest = slice_from_text(sql); script_next(&rest, literals, literal_count, &statement);) {
        Result next = {0};
        const char *control = is_part ? script_find_control(statement.data) : NULL;
        if (control)
            return refuse_control(connection, control, error);
        if (!is_of_its_ledger(connection, statement.data, error))
            return false;
        bool is_sent = PQsendQuery(connection->pg, statement.data);
        if (!connection_take_answer(connection, is_sent, &next, error))
            return false;
        keep(kept, &next);
    }
    return true;
}

static char **quote_values(Connection *connection, const char *const *values, size_t count)
{
    char **literals = memory_alloc_zeroed(count + 1, sizeof *literals);
    for (size_t i = 0; i < count; i++)
        literals[i] = values[i] ? connection_quote_literal(connection, values[i]) : memory_copy_text("NULL");
    return literals;
}

static void free_literals(char **literals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(literals[i]);
    free(literals);
}

static bool execute(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                    Result *out_result, Error *error)
{
    bool is_outside = !is_in_transaction(connection), is_run = false;
    char **literals = quote_values(connection, values, value_count);
    Result kept = {0};
    for (unsigned tries = 0; !is_run; tries++) {
        result_done(&kept);
        is_run = run_script(connection, sql, (const char *const *)literals, value_count, false, &kept, error);
        if (!is_run && (!is_outside || !connection_may_try_again(connection, tries)))
            break;
    }
    free_literals(literals, value_count);
    if (is_run && out_result)
        *out_result = kept;
    else
        result_done(&kept);
    return is_run;
}

static bool run_part(Connection *connection, const char *sql, Error *error)
{
    AUTO_RESULT kept = {0};
    return run_script(connection, sql, NULL, 0, true, &kept, error) &&
           connection_run(connection, connection->settings, NULL, error);
}

static bool query_part(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                       Result *out_result, Error *error)
{
    char **literals = quote_values(connection, values, value_count);
    bool is_run = run_script(connection, sql, (const char *const *)literals, value_count, true, out_result, error);
    free_literals(literals, value_count);
    return is_run;
}

/* Redshift's error 1023 and its kin under snapshot isolation have no SQLSTATE of their own; 1023 is all of the message,
 * and the detail says what of:
 * https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html */
static bool is_conflict(const char *state, const char *primary, const char *detail)
{
    return strcmp(state, "40001") == 0 || strcmp(primary, "1023") == 0 ||
           strstr(primary, "Serializable isolation violation") || strstr(detail, "Serializable isolation violation") ||
           strstr(primary, "conflict with concurrent transaction");
}

/* The certificates are Amazon's, which Debian's bundle knows: https://docs.aws.amazon.com/redshift/latest/mgmt/
 * connecting-ssl-support.html. A wait for LOCK is bounded by statement_timeout: 57014, query_canceled. Amazon does not
 * say whether ROLLBACK takes back the SET before that LOCK. It isolates serializably, or by snapshots, whatever BEGIN
 * asks for. */
const Dialect dialect_redshift = {
    .name = "redshift",
    .sslmode = "verify-full",
    .sslrootcert = "/etc/ssl/certs/ca-certificates.crt",
    .beginnings =
        {
            [TRANSACTION_PLAIN] = "BEGIN",
            [TRANSACTION_COMMITTED] = "BEGIN",
            [TRANSACTION_SNAPSHOT] = "BEGIN",
            [TRANSACTION_READING] = "BEGIN",
        },
    .begin_session = begin_session,
    .run_part = run_part,
    .query_part = query_part,
    .execute = execute,
    .copies_from_client = false,
    .ends_what_was_sent = false,
    .is_conflict = is_conflict,
    .lock_states = {"55P03", "57014"},
    .after_lock_wait = "SET statement_timeout TO 0",
};
