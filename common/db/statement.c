/* SPDX-License-Identifier: Apache-2.0 */
#include "db/statement.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"

#define STATEMENT_BYTES_MAX (4 * MIB)

/* NULL: this kind of warehouse has no statement of the name. */
static const char *find_statement(const Dialect *dialect, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/statements/%s.sql", dialect->name, name);
    for (const SqlFile *file = sql_files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file->text;
    return NULL;
}

static const char *get_statement(const Connection *connection, const char *name)
{
    const char *text = find_statement(connection->dialect, name);
    if (!text)
        error_abort(name);
    return text;
}

bool statement_exists(const Connection *connection, const char *name)
{
    assert(find_statement(&dialect_postgres, name) || find_statement(&dialect_redshift, name));
    return find_statement(connection->dialect, name);
}

bool statement_run(Connection *connection, const char *name, Values values, Result *out_result, Error *error)
{
    return connection_execute(connection, get_statement(connection, name), values, out_result, error);
}

bool statement_run_if_any(Connection *connection, const char *name, Values values, Result *out_result, Error *error)
{
    return !statement_exists(connection, name) || statement_run(connection, name, values, out_result, error);
}

char *statement_fill(const Connection *connection, const char *name, const SqlPlace *places, size_t place_count)
{
    AUTO_BUFFER text;
    buffer_init(&text, STATEMENT_BYTES_MAX);
    if (!sql_fill(&text, get_statement(connection, name), places, place_count, true))
        error_abort("a statement is longer than its bound");
    return take(text.data);
}

char *statement_on(const Connection *connection, const char *name, const char *table)
{
    AUTO_FREE char *qualified = connection_qualify(connection, table);
    return statement_fill(connection, name, &(SqlPlace){"table", qualified}, 1);
}
