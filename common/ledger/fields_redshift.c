/* SPDX-License-Identifier: Apache-2.0
 *
 * What a load's objects had of their columns, as literals of an INSERT (rejects_redshift.c). */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"
#include "db/sql.h"

/* 1,600 columns, each name below 128 bytes. */
#define ROWS_BYTES_MAX (1 * MIB)

bool fields_redshift_add(Connection *connection, const Task *task, const FieldRow *rows, size_t count, Error *error)
{
    AUTO_BUFFER values;
    buffer_init(&values, ROWS_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *name = connection_quote_literal(connection, rows[i].name);
        if (!buffer_append_format(&values,
                                  "%s(%" PRId64 ", %" PRId32 ", '%s', %s, %" PRId64 ", %" PRId64 ", %" PRId64 ")",
                                  i > 0 ? ", " : "", task->run, task->ordinal, rows[i].kind, name, rows[i].objects,
                                  rows[i].rows, rows[i].object))
            error_abort("a task's fields are longer than their bound");
    }
    AUTO_FREE char *sql = statement_fill(connection, "task/fields", &(SqlPlace){"rows", buffer_slice(&values).data}, 1);
    return connection_run(connection, sql, NULL, error);
}
