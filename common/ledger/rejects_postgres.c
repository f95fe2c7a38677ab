/* SPDX-License-Identifier: Apache-2.0
 *
 * Rejected rows, by COPY. */
#include "base/buffer.h"
#include "base/limits.h"
#include "db/connection_private.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/sql.h"

static bool write_reject(Buffer *rows, const Task *task, const RejectRow *row)
{
    return row_begin(rows, 8) && row_add_bigint(rows, task->run) && row_add_bigint(rows, row->object) &&
           row_add_bigint(rows, row->ordinal) && row_add_bigint(rows, row->line) &&
           row_add_bigint(rows, row->byte_offset) &&
           (row->column ? row_add_text(rows, row->column) : row_add_null(rows)) && row_add_text(rows, row->reason) &&
           row_add_text(rows, row->raw);
}

static bool send_chunk(Connection *connection, Buffer *chunk, Error *error)
{
    bool is_written = copy_write(connection, buffer_slice(chunk), error);
    buffer_clear(chunk);
    return is_written;
}

bool rejects_postgres_add(Connection *connection, const Task *task, const RejectRow *rows, size_t count, Error *error)
{
    AUTO_BUFFER chunk;
    buffer_init(&chunk, LIMIT_COPY_CHUNK_BYTES + LIMIT_ROW_BYTES);
    AUTO_FREE char *sql = statement_fill(connection, "task/rejects", NULL, 0);
    if (!copy_begin(connection, sql, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!write_reject(&chunk, task, &rows[i]))
            error_abort("a reject is longer than its bound");
        if (chunk.length >= LIMIT_COPY_CHUNK_BYTES && !send_chunk(connection, &chunk, error))
            return false;
    }
    int64_t copied;
    return send_chunk(connection, &chunk, error) && copy_end(connection, &copied, error);
}
