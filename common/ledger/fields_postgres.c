/* SPDX-License-Identifier: Apache-2.0
 *
 * What a load's objects had of their columns, by COPY. */
#include "base/buffer.h"
#include "base/limits.h"
#include "db/connection_private.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/sql.h"

/* 1,600 columns of either kind and 100 unknown fields, each name below 128 bytes. */
#define ROWS_BYTES_MAX (1 * MIB)

static bool write_field(Buffer *rows, const Task *task, const FieldRow *row)
{
    return row_begin(rows, 7) && row_add_bigint(rows, task->run) && row_add_integer(rows, task->ordinal) &&
           row_add_text(rows, row->kind) && row_add_text(rows, row->name) && row_add_bigint(rows, row->objects) &&
           row_add_bigint(rows, row->rows) && row_add_bigint(rows, row->object);
}

bool fields_postgres_add(Connection *connection, const Task *task, const FieldRow *rows, size_t count, Error *error)
{
    AUTO_BUFFER text;
    buffer_init(&text, ROWS_BYTES_MAX);
    AUTO_FREE char *sql = statement_fill(connection, "task/fields", NULL, 0);
    for (size_t i = 0; i < count; i++)
        if (!write_field(&text, task, &rows[i]))
            error_abort("a task's fields are longer than their bound");
    int64_t copied;
    return copy_begin(connection, sql, error) && copy_write(connection, buffer_slice(&text), error) &&
           copy_end(connection, &copied, error);
}
