/* SPDX-License-Identifier: Apache-2.0
 *
 * A pooler is found by the session's number, because it tells its clients a number of its own. No statement can show
 * whether it keeps one session for us, since a pool with one free session gives it every time. A notification can: it
 * reaches an idle connection only if the session is kept for it. So this session listens and falls silent, and a second
 * one notifies it. Before that, we ask the second one which session it has. If it has the first one's, the pooler keeps
 * none for us, and no notification is needed to know that. */
#include "db/pooler.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/pulse.h"

typedef enum Pooling { POOLING_SESSION, POOLING_TRANSACTION, POOLING_STATEMENT } Pooling;

static bool ask_process(Connection *connection, const char *before, int *out_process, Error *error)
{
    char sql[80];
    AUTO_RESULT result = {0};
    snprintf(sql, sizeof sql, "%sSELECT pg_catalog.pg_backend_pid()", before);
    if (!connection_run(connection, sql, &result, error))
        return false;
    *out_process = (int)result_only_number(&result);
    return true;
}

static bool has_notice(Connection *connection, const char *text)
{
    bool is_there = false;
    for (PGnotify *notice; (notice = PQnotifies(connection->pg)); PQfreemem(notice))
        is_there = is_there || strcmp(notice->extra, text) == 0;
    return is_there;
}

/* Without a statement, which would join the connection to some session. */
static bool wait_for_notice(Connection *connection, const char *text, int64_t wait_ms)
{
    int64_t end_ms = clock_now_ms() + wait_ms;
    pulse_allow_ms(wait_ms);
    while (PQconsumeInput(connection->pg)) {
        int64_t left_ms = end_ms - clock_now_ms();
        if (has_notice(connection, text))
            return true;
        if (left_ms <= 0)
            return false;
        struct pollfd socket = {.fd = PQsocket(connection->pg), .events = POLLIN};
        (void)poll(&socket, 1, (int)left_ms);
    }
    return false;
}

/* other has a transaction open. The text is one that nobody else sends: the pooler's number for us is random. */
static bool hears_while_idle(Connection *connection, Connection *other, int64_t wait_ms, Pooling *out_pooling,
                             Error *error)
{
    char text[40], sql[120];
    snprintf(text, sizeof text, "%d %d", connection->process, PQbackendPID(connection->pg));
    snprintf(sql, sizeof sql, "NOTIFY copyfleet_pooler, '%s'; COMMIT", text);
    if (!connection_run(connection, "LISTEN copyfleet_pooler", NULL, error) || !connection_run(other, sql, NULL, error))
        return false;
    *out_pooling = wait_for_notice(connection, text, wait_ms) ? POOLING_SESSION : POOLING_TRANSACTION;
    pulse_beat();
    return connection_run(connection, "UNLISTEN copyfleet_pooler", NULL, error);
}

static bool find_pooling(Connection *connection, const WarehouseConfig *config, Pooling *out_pooling, Error *error)
{
    AUTO_CONNECTION other = NULL;
    int others, again;
    if (!connection_dial(config, "copyfleet pooler", &other, error))
        return false;
    if (!ask_process(other, "BEGIN; ", &others, error)) {
        *out_pooling = POOLING_STATEMENT;
        return strstr(error->message, "statement pooling mode"); /* PgBouncer's words */
    }
    if (!ask_process(connection, "", &again, error))
        return false;
    *out_pooling = POOLING_TRANSACTION;
    return others == connection->process || again != connection->process ||
           hears_while_idle(connection, other, config->patience.connect_timeout.ms, out_pooling, error);
}

bool pooler_check(Connection *connection, const WarehouseConfig *config, Error *error)
{
    static atomic_bool is_known_to_keep;
    if (!ask_process(connection, "", &connection->process, error))
        return false;
    if (connection->process == PQbackendPID(connection->pg) || atomic_load(&is_known_to_keep))
        return true;
    Pooling pooling;
    if (!find_pooling(connection, config, &pooling, error))
        return false;
    atomic_store(&is_known_to_keep, pooling == POOLING_SESSION);
    return pooling == POOLING_SESSION ||
           error_set_service(error, ERROR_FATAL, SERVICE_WAREHOUSE,
                             "at %s is a pooler that gives each %s another session of the warehouse (pool_mode = %s), "
                             "and claims and settings need a session of their own: connect to the database itself, or "
                             "use pool_mode = session",
                             connection->name, pooling == POOLING_STATEMENT ? "statement" : "transaction",
                             pooling == POOLING_STATEMENT ? "statement" : "transaction");
}
