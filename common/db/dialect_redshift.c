/* SPDX-License-Identifier: Apache-2.0
 *
 * Redshift: the simple query protocol, one statement at a time, values as literals. */
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/stop.h"
#include "db/connection_private.h"
#include "db/script.h"

/* Redshift's own limit for a statement: https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html */
#define STATEMENT_BYTES_MAX (16 * MIB)

/* Every writer of the ledger waits for a lock first, so that conflicts come from others' transactions alone: ten tries
 * outlast those. */
#define CONFLICTS_MAX 10
static const Backoff conflict_backoff = {.base_ms = 50, .wait_ms_max = 2000};

static bool check_server(Connection *connection, Error *error)
{
    AUTO_RESULT result = {0};
    if (!connection_run(connection, "SELECT version()", &result, error))
        return false;
    const char *version = result_row_count(&result) == 1 ? result_text(&result, 0, 0) : "";
    return strstr(version, "Redshift") ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "the server at %s is no Redshift, it says %.100s; if that is right, set [CLUSTER] "
                             "WAREHOUSE = postgres",
                             connection->name, version);
}

static bool find_schema(Connection *connection, Error *error)
{
    AUTO_RESULT result = {0};
    if (!connection_run(connection, "SELECT current_schema()", &result, error))
        return false;
    connection->schema = memory_copy_text(result_text(&result, 0, 0));
    return true;
}

static bool begin_session(Connection *connection, const Config *config, Error *error)
{
    (void)config;
    return check_server(connection, error) && find_schema(connection, error) &&
           connection_run(connection,
                          "SET timezone TO 'UTC'; SET datestyle TO 'ISO, MDY'; SET statement_timeout TO 0;"
                          "SET query_group TO 'copyfleet'",
                          NULL, error);
}

static bool is_in_transaction(const Connection *connection)
{
    return PQtransactionStatus(connection->pg) != PQTRANS_IDLE;
}

/* Of the results the last one that has columns is kept, and else the last one at all: a file may end with COMMIT. */
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

static bool run_script(Connection *connection, const char *sql, const char *const *literals, size_t literal_count,
                       Result *kept, Error *error)
{
    AUTO_BUFFER statement;
    buffer_init(&statement, STATEMENT_BYTES_MAX);
    for (Slice rest = slice_from_text(sql); script_next(&rest, literals, literal_count, &statement);) {
        Result next = {0};
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

/* Amazon does not say whether ROLLBACK takes the SET before a LOCK back. */
static bool lift_timeout(Connection *connection)
{
    Error ignored;
    return connection_run(connection, "SET statement_timeout TO 0", NULL, &ignored);
}

/* A transaction that the script itself began is all that was done since, so it can be done again from the beginning. */
static bool may_run_again(Connection *connection, bool is_own_transaction, unsigned tries)
{
    if (!is_own_transaction || !connection_is_open(connection))
        return false;
    bool is_conflict = connection->was_conflict, was_locked_out = connection->was_locked_out;
    connection_roll_back(connection);
    if (was_locked_out && !lift_timeout(connection))
        return false;
    connection->was_locked_out = was_locked_out;
    connection->was_conflict = is_conflict;
    return is_conflict && tries + 1 < CONFLICTS_MAX && stop_wait_ms(backoff_next_ms(conflict_backoff, tries));
}

static bool execute(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                    Result *out_result, Error *error)
{
    bool is_own_transaction = !is_in_transaction(connection), is_run = false;
    char **literals = quote_values(connection, values, value_count);
    Result kept = {0};
    for (unsigned tries = 0; !is_run; tries++) {
        result_done(&kept);
        is_run = run_script(connection, sql, (const char *const *)literals, value_count, &kept, error);
        if (!is_run && !may_run_again(connection, is_own_transaction, tries))
            break;
    }
    free_literals(literals, value_count);
    if (is_run && out_result)
        *out_result = kept;
    else
        result_done(&kept);
    return is_run;
}

/* The certificates are Amazon's, which Debian's bundle knows: https://docs.aws.amazon.com/redshift/latest/mgmt/
 * connecting-ssl-support.html. A wait for LOCK is bounded by statement_timeout: 57014, query_canceled. */
const Dialect dialect_redshift = {
    .name = "redshift",
    .sslmode = "verify-full",
    .sslrootcert = "/etc/ssl/certs/ca-certificates.crt",
    .begin_session = begin_session,
    .execute = execute,
    .add_rejects = rejects_redshift_add,
    .lock_states = {"55P03", "57014"},
};
