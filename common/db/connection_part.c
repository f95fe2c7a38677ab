/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL that a person may have written, inside of a transaction of ours. */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "db/connection_private.h"

/* If the SQL ran, its transaction must still be open. */
static bool check_part(Connection *connection, bool is_run, Error *error)
{
    static const char rule[] = "SQL files are a part of copyfleet's transaction: they can neither end it nor begin one";
    if (is_run && PQtransactionStatus(connection->pg) == PQTRANS_INTRANS)
        return true;
    if (is_run)
        return error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE, "it ended its transaction; %s", rule);
    if (!connection->was_no_part)
        return false;
    Error said = *error;
    return error_set_service(error, said.kind, said.service, "%.800s; %s", said.message, rule);
}

bool connection_run_part(Connection *connection, const char *sql, Error *error)
{
    assert(!connection_is_idle(connection));
    return check_part(connection, connection->dialect->run_part(connection, sql, error), error);
}

bool connection_query_part(Connection *connection, const char *sql, const char *const *values, size_t value_count,
                           Result *out_result, Error *error)
{
    assert(!connection_is_idle(connection));
    Result result = {0};
    bool is_run = connection->dialect->query_part(connection, sql, values, value_count, &result, error);
    if (check_part(connection, is_run, error) && connection_run(connection, connection->settings, NULL, error)) {
        *out_result = result;
        return true;
    }
    result_done(&result);
    return false;
}

bool connection_add_setting(Connection *connection, const char *sql, Error *error)
{
    assert(!connection_is_in_transaction(connection)); /* a rollback would take it back */
    char *former = connection->settings;
    connection->settings = memory_format("%s; %s", former, sql);
    free(former);
    return connection_run(connection, sql, NULL, error);
}
