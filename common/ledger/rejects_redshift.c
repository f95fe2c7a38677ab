/* SPDX-License-Identifier: Apache-2.0
 *
 * Rejected rows, as literals of an INSERT: there is no COPY FROM STDIN, and one statement for many rows is what Amazon
 * advises. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"
#include "db/sql.h"

/* Of the rows in one statement; Redshift takes 16 MB. */
#define ROWS_BYTES_MAX (1 * MIB)

/* Texts are cut, and quoting at most doubles them. */
#define ROW_BYTES_MAX (4 * LIMIT_REJECT_RAW_BYTES + 16 * KIB)

static void append_row(Connection *connection, Buffer *values, const Task *task, const RejectRow *row)
{
    AUTO_FREE char *column = row->column ? connection_quote_literal(connection, row->column) : memory_copy_text("NULL");
    AUTO_FREE char *reason = connection_quote_literal(connection, row->reason);
    AUTO_FREE char *raw = connection_quote_literal(connection, row->raw);
    if (!buffer_append_format(values, "%s(%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %s, %s, %s)",
                              values->length > 0 ? ", " : "", task->run, row->object, row->ordinal, row->line,
                              row->byte_offset, column, reason, raw))
        error_abort("a reject is longer than its bound");
}

static bool insert(Connection *connection, Buffer *values, Error *error)
{
    AUTO_FREE char *sql = statement_fill(connection, "task/rejects", &(SqlPlace){"rows", values->data}, 1);
    buffer_clear(values);
    return connection_run(connection, sql, NULL, error);
}

bool rejects_redshift_add(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error)
{
    AUTO_BUFFER values;
    buffer_init(&values, ROWS_BYTES_MAX + ROW_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        append_row(connection, &values, task, &rows[i]);
        if (values.length >= ROWS_BYTES_MAX && !insert(connection, &values, error))
            return false;
    }
    return values.length == 0 || insert(connection, &values, error);
}
