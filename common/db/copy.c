/* SPDX-License-Identifier: Apache-2.0 */
#include "db/copy.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/pulse.h"
#include "config/table.h"
#include "db/connection_private.h"

static void drop_results(Connection *connection)
{
    for (PGresult *result; (result = connection_next_result(connection));)
        PQclear(result);
}

static bool is_copying(const Connection *connection)
{
    return PQtransactionStatus(connection->pg) == PQTRANS_ACTIVE;
}

/* The server's answer to all of the COPY: the first result counts, and later results are dropped. */
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
    drop_results(connection);
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
    assert(!is_copying(connection));
    connection->is_cancelled = false;
    PGresult *result = PQsendQuery(connection->pg, sql) ? connection_next_result(connection) : NULL;
    bool is_begun = PQresultStatus(result) == PGRES_COPY_IN;
    if (!is_begun)
        connection_fail(connection, result, error);
    PQclear(result);
    if (!is_begun)
        drop_results(connection);
    PQsetnonblocking(connection->pg, is_begun);
    /* Signature, flags, length of the header's extension. */
    return is_begun && copy_write(connection, SLICE("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"), error);
}

bool copy_write(Connection *connection, Slice rows, Error *error)
{
    assert((is_copying(connection) || !connection_is_open(connection)) && rows.length <= INT_MAX);
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
    if (!connection_is_open(connection) || !is_copying(connection))
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

/* "COPY things, line 3" in the server's language. The table's bare name follows the word COPY, or begins the sentence,
 * as in Japanese and Korean; the line's number comes after the name, which may have digits too. A sentence of another
 * form tells of no row: a trigger that runs after the last one. */
int64_t copy_find_row(const char *context, const char *table)
{
    AUTO_FREE char *bare = find_bare_name(table);
    const char *place = context;
    bool has_copy = strncmp(place, "COPY ", strlen("COPY ")) == 0;
    place += has_copy ? strlen("COPY ") : 0;
    if (strncasecmp(place, bare, strlen(bare)) != 0)
        return 0;
    place += strlen(bare);
    if (!has_copy && strncmp(place, "のCOPY", strlen("のCOPY")) != 0 && strncmp(place, " 복사", strlen(" 복사")) != 0)
        return 0;
    return strtoll(place + strcspn(place, "0123456789"), NULL, 10);
}

int64_t copy_failed_row(const Connection *connection, const char *table)
{
    return copy_find_row(connection->failed_at, table);
}
