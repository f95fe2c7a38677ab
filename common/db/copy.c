/* SPDX-License-Identifier: Apache-2.0 */
#include "db/copy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/pulse.h"
#include "config/checks.h"
#include "db/connection_private.h"

/* The server's answer to all of the COPY: the first result counts, what follows it is read away. */
static bool finish(Connection *connection, int64_t *out_rows, Error *error)
{
    bool is_sent = connection_send_all(connection);
    PQsetnonblocking(connection->pg, 0);
    PGresult *result = is_sent ? connection_next_result(connection) : PQgetResult(connection->pg);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (is_done)
        *out_rows = strtoll(PQcmdTuples(result), NULL, 10);
    else
        connection_fail(connection, result, error);
    PQclear(result);
    while ((result = connection_next_result(connection)))
        PQclear(result);
    return is_done;
}

/* The server ends a COPY that it refuses before we do: its reason is better than "no COPY in progress". */
static bool fail(Connection *connection, Error *error)
{
    int64_t rows;
    if (PQputCopyEnd(connection->pg, "given up") != 1)
        return connection_fail(connection, NULL, error);
    if (!finish(connection, &rows, error))
        return false;
    return connection_fail(connection, NULL, error);
}

/* While rows are sent libpq does not block: the server may stop to read, for a trigger that waits for a lock. */
bool copy_begin(Connection *connection, const char *sql, Error *error)
{
    connection->is_cancelled = false;
    PGresult *result = PQexec(connection->pg, sql);
    bool is_begun = PQresultStatus(result) == PGRES_COPY_IN;
    if (!is_begun)
        connection_fail(connection, result, error);
    PQclear(result);
    PQsetnonblocking(connection->pg, is_begun);
    /* Signature, flags, length of the header's extension. */
    return is_begun && copy_write(connection, SLICE("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"), error);
}

bool copy_write(Connection *connection, Slice rows, Error *error)
{
    pulse_beat();
    if (PQputCopyData(connection->pg, rows.data, (int)rows.length) == 1 && connection_send_all(connection))
        return true;
    return fail(connection, error);
}

bool copy_end(Connection *connection, int64_t *out_rows, Error *error)
{
    if (!copy_write(connection, SLICE("\377\377"), error))
        return false;
    if (PQputCopyEnd(connection->pg, NULL) != 1)
        return connection_fail(connection, NULL, error);
    return finish(connection, out_rows, error);
}

void copy_abandon(Connection *connection)
{
    if (!connection_is_open(connection) || PQtransactionStatus(connection->pg) != PQTRANS_ACTIVE)
        return;
    Error ignored;
    int64_t rows;
    if (PQputCopyEnd(connection->pg, "given up") == 1 && finish(connection, &rows, &ignored))
        return;
}

/* The table's name as the server tells it: without its schema and SQL's quotes. To be freed by the caller. */
static char *find_bare_name(const char *table)
{
    const char *dot = config_table_find_dot(table), *name = dot ? dot + 1 : table;
    bool is_quoted = *name == '"';
    char *bare = memory_copy_text(name + is_quoted), *end = bare;
    for (const char *from = bare; is_quoted && from[1]; from++) {
        from += *from == '"'; /* doubled */
        *end++ = *from;
    }
    if (is_quoted)
        *end = '\0';
    return bare;
}

/* "COPY things, line 3", the word for line in the server's language: the number comes after the table's bare name, in
 * which there may be digits. Any other place is not a row's: a trigger that runs after the last one. */
int64_t copy_failed_row(const Connection *connection, const char *table)
{
    AUTO_FREE char *bare = find_bare_name(table);
    const char *place = connection->failed_at;
    if (strncmp(place, "COPY ", strlen("COPY ")) != 0)
        return 0;
    place += strlen("COPY ");
    if (strncasecmp(place, bare, strlen(bare)) != 0)
        return 0;
    place += strlen(bare);
    return strtoll(place + strcspn(place, "0123456789"), NULL, 10);
}
