/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "db/connection_private.h"
#include "db/pooler.h"
#include "db/statement.h"

/* The oldest that the SQL is written for. */
#define SERVER_VERSION_MIN 130000

/* Redshift says of itself that it is PostgreSQL 8.0.2. */
static bool check_server(const Connection *connection, Error *error)
{
    int version = PQserverVersion(connection->pg);
    return version >= SERVER_VERSION_MIN ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "the server at %s is no PostgreSQL 13 or newer (it says %d.%d); if it is Redshift, set "
                             "[CLUSTER] WAREHOUSE = redshift",
                             connection->name, version / 10000, version / 100 % 100);
}

/* Keys on S3 and texts in JSON have any character there is. */
static bool check_encoding(const Connection *connection, Error *error)
{
    const char *encoding = PQparameterStatus(connection->pg, "server_encoding");
    return !encoding || strcmp(encoding, "UTF8") == 0 ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "the database at %s has the encoding %s, and keys of S3 and texts of JSON need UTF8: "
                             "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8', with a locale that fits, and use "
                             "that one",
                             connection->name, encoding);
}

/* Asked under a search_path that is not ours yet, so nothing in it is looked up there. The role's statement_timeout is
 * lifted first: looking through a large catalog may take longer. */
static bool find_schema(Connection *connection, Error *error)
{
    AUTO_RESULT path = {0}, schema = {0};
    if (!connection_run(connection,
                        "SET statement_timeout = 0;"
                        "SELECT pg_catalog.current_schema(), pg_catalog.current_setting('search_path')",
                        &path, error) ||
        !connection_run(connection, "SET search_path = ''; SET quote_all_identifiers = off", NULL, error))
        return false;
    ResultRow row = result_row(&path, 0);
    const char *current = result_next_text_or_null(&row), *search_path = result_next_text(&row);
    result_row_end(&row);
    if (!statement_run(connection, "session/schema", VALUES(TEXT_VALUE(current), TEXT_VALUE(search_path)), &schema,
                       error))
        return false;
    connection_take_schema(connection, &schema);
    return true;
}

/* Sets the role, the search_path, the server's side of keepalives, the ledger's time zone, and what a session must not
 * inherit from a role's or database's defaults: a statement_timeout would burn a task's attempts, and others change
 * what is compared as text, or what an expression means. Two of these settings came with later versions. It works
 * whatever was set in the session, and whoever the session has become. A pooler began the server's session, not we, so
 * what we connected with is no default that RESET knows. Without jit: to compile the statements that look how far a run
 * of 100,000 tasks is takes seconds, and to run them takes a part of one. */
static char *make_settings(Connection *connection, const WarehouseConfig *config)
{
    int64_t interval_s = duration_s(config->patience.stall) / 4 > 0 ? duration_s(config->patience.stall) / 4 : 1;
    const char *program = PQparameterStatus(connection->pg, "application_name");
    AUTO_FREE char *name = connection_quote_literal(connection, program ? program : "");
    return memory_format("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SET search_path = %s;"
                         "SET application_name = %s; SET client_encoding = UTF8;"
                         "SET TimeZone = 'UTC'; SET DateStyle = ISO; SET client_min_messages = warning;"
                         "SET jit = off; SET standard_conforming_strings = on; SET quote_all_identifiers = off;"
                         "SET extra_float_digits = 1; SET IntervalStyle = postgres; SET bytea_output = hex;"
                         "SET transform_null_equals = off; SET array_nulls = on; SET row_security = on;"
                         "SET statement_timeout = 0; SET lock_timeout = 0;"
                         "SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = off;"
                         "SET default_transaction_isolation = 'read committed'; SET tcp_keepalives_idle = %" PRId64
                         "; SET tcp_keepalives_interval = %" PRId64 "; SET tcp_keepalives_count = 3;"
                         "SELECT set_config(name, '0', false) FROM pg_settings"
                         " WHERE name IN ('idle_session_timeout', 'transaction_timeout')",
                         connection->schema_warning ? "''" : connection->schema, name, interval_s, interval_s);
}

static bool begin_session(Connection *connection, const WarehouseConfig *config, Error *error)
{
    if (!check_server(connection, error) || !check_encoding(connection, error) ||
        !pooler_check(connection, config, error) || !find_schema(connection, error))
        return false;
    connection->settings = make_settings(connection, config);
    return connection_run(connection, connection->settings, NULL, error);
}

/* Values travel as parameters; without any, several statements may stand in one text. */
static bool execute(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                    Result *out_result, Error *error)
{
    PGconn *pg = connection->pg;
    bool is_sent = value_count > 0 ? PQsendQueryParams(pg, sql, (int)value_count, NULL, values, NULL, NULL, 0)
                                   : PQsendQuery(pg, sql);
    return connection_take_answer(connection, is_sent, out_result, error);
}

/* Inside an EXECUTE the server itself refuses what ends a transaction, however it is written. A part may also make the
 * transaction read-only, for good: the next write would fail, and look like a standby's. So that is refused here. */
static bool run_part(Connection *connection, const char *sql, Error *error)
{
    AUTO_FREE char *text = connection_quote_literal(connection, sql);
    AUTO_FREE char *block = memory_format(
        "BEGIN EXECUTE %s; IF pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool THEN"
        " RAISE invalid_transaction_termination USING MESSAGE = 'its transaction was made read-only'; END IF; END",
        text);
    AUTO_FREE char *body = connection_quote_literal(connection, block);
    AUTO_FREE char *part = memory_format("DO LANGUAGE plpgsql %s; %s", body, connection->settings);
    return connection_run(connection, part, NULL, error);
}

/* The extended protocol takes one statement. */
static bool query_part(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                       Result *out_result, Error *error)
{
    bool is_sent = PQsendQueryParams(connection->pg, sql, (int)value_count, NULL, values, NULL, NULL, 0);
    return connection_take_answer(connection, is_sent, out_result, error);
}

/* serialization_failure, deadlock_detected */
static bool is_conflict(const char *state, const char *primary, const char *detail)
{
    (void)primary, (void)detail;
    return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

const Dialect dialect_postgres = {
    .name = "postgres",
    .sslmode = "",
    .sslrootcert = "",
    .beginnings =
        {
            [TRANSACTION_PLAIN] = "BEGIN",
            [TRANSACTION_COMMITTED] = "BEGIN ISOLATION LEVEL READ COMMITTED",
            [TRANSACTION_SNAPSHOT] = "BEGIN ISOLATION LEVEL REPEATABLE READ",
            [TRANSACTION_READING] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        },
    .begin_session = begin_session,
    .run_part = run_part,
    .query_part = query_part,
    .execute = execute,
    .copies_from_client = true,
    .ends_what_was_sent = true,
    .is_conflict = is_conflict,
    .lock_states = {"55P03"}, /* lock_not_available */
};
