/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/memory.h"
#include "db/connection_private.h"

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

/* The server's side of the same, what a session must not inherit from a role's defaults (a statement_timeout would burn
 * a task's attempts; some came with later versions), and the time zone of the ledger. */
static bool set_settings(Connection *connection, const Config *config, Error *error)
{
    int64_t interval_s = config->stall_s / 4 > 0 ? config->stall_s / 4 : 1;
    AUTO_FREE char *sql =
        memory_format("SET TimeZone = 'UTC'; SET DateStyle = ISO; SET client_min_messages = warning;"
                      "SET standard_conforming_strings = on; SET statement_timeout = 0; SET lock_timeout = 0;"
                      "SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = off;"
                      "SET default_transaction_isolation = 'read committed'; SET tcp_keepalives_idle = %" PRId64
                      "; SET tcp_keepalives_interval = %" PRId64 "; SET tcp_keepalives_count = 3;"
                      "SELECT set_config(name, '0', false) FROM pg_settings"
                      " WHERE name IN ('idle_session_timeout', 'transaction_timeout')",
                      interval_s, interval_s);
    return connection_run(connection, sql, NULL, error);
}

static bool begin_session(Connection *connection, const Config *config, Error *error)
{
    return check_server(connection, error) && set_settings(connection, config, error);
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
    .begin_session = begin_session,
    .execute = execute,
    .add_rejects = rejects_postgres_add,
    .add_fields = fields_postgres_add,
    .is_conflict = is_conflict,
    .lock_states = {"55P03"}, /* lock_not_available */
};
