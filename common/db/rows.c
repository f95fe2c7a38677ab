/* SPDX-License-Identifier: Apache-2.0 */
#include "db/rows.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"
#include "db/connection_private.h"
#include "db/copy.h"
#include "db/row.h"
#include "db/statement.h"

/* Of one message of COPY, or of one INSERT; Redshift takes statements of up to 16 MB. */
#define BATCH_BYTES LIMIT_COPY_CHUNK_BYTES

/* A number as text, its separator, and its quotes if it is a text. */
#define VALUE_BYTES_MAX 32

void rows_init(Rows *rows, Connection *connection, const char *statement, uint16_t value_count, size_t row_bytes_max)
{
    assert(!connection_is_idle(connection) && value_count > 0);
    *rows = (Rows){.connection = connection, .statement = statement, .value_count = value_count};
    /* Quoting doubles a text at most. */
    buffer_init(&rows->batch, BATCH_BYTES + 2 * row_bytes_max + (size_t)value_count * VALUE_BYTES_MAX);
}

void rows_done(Rows *rows)
{
    buffer_done(&rows->batch);
}

static bool is_copied(const Rows *rows)
{
    return rows->connection->dialect->copies_from_client;
}

static void expect(bool has_room)
{
    if (!has_room)
        error_abort("a row for the ledger is longer than its bound");
}

/* What stands before a value. */
static void begin_value(Rows *rows)
{
    assert(rows->value < rows->value_count);
    if (is_copied(rows))
        expect(rows->value > 0 || row_begin(&rows->batch, rows->value_count));
    else
        expect(buffer_append_text(&rows->batch, rows->value > 0 ? ", " : rows->batch.length > 0 ? ", (" : "("));
    rows->value++;
}

void rows_add_bigint(Rows *rows, int64_t number)
{
    begin_value(rows);
    expect(is_copied(rows) ? row_add_bigint(&rows->batch, number)
                           : buffer_append_format(&rows->batch, "%" PRId64, number));
}

void rows_add_integer(Rows *rows, int32_t number)
{
    begin_value(rows);
    expect(is_copied(rows) ? row_add_integer(&rows->batch, number)
                           : buffer_append_format(&rows->batch, "%" PRId32, number));
}

static bool append_literal(Rows *rows, const char *text)
{
    AUTO_FREE char *literal = text ? connection_quote_literal(rows->connection, text) : memory_copy_text("NULL");
    return buffer_append_text(&rows->batch, literal);
}

void rows_add_text(Rows *rows, const char *text)
{
    begin_value(rows);
    if (!is_copied(rows))
        expect(append_literal(rows, text));
    else
        expect(text ? row_add_text(&rows->batch, text) : row_add_null(&rows->batch));
}

static bool copy_batch(Rows *rows, Error *error)
{
    if (!rows->is_copying) {
        AUTO_FREE char *sql = statement_fill(rows->connection, rows->statement, NULL, 0);
        if (!copy_begin(rows->connection, sql, error))
            return false;
        rows->is_copying = true;
    }
    return copy_write(rows->connection, buffer_slice(&rows->batch), error);
}

static bool insert_batch(Rows *rows, Error *error)
{
    AUTO_FREE char *sql = statement_fill(rows->connection, rows->statement, &(SqlPlace){"rows", rows->batch.data}, 1);
    AUTO_RESULT result = {0};
    if (!connection_run(rows->connection, sql, &result, error))
        return false;
    rows->taken += result_changed_rows(&result);
    return true;
}

static bool send_batch(Rows *rows, Error *error)
{
    bool is_sent = is_copied(rows) ? copy_batch(rows, error) : insert_batch(rows, error);
    buffer_clear(&rows->batch);
    return is_sent;
}

bool rows_end_row(Rows *rows, Error *error)
{
    assert(rows->value == rows->value_count);
    rows->value = 0;
    rows->count++;
    if (!is_copied(rows))
        expect(buffer_append_text(&rows->batch, ")"));
    return rows->batch.length < BATCH_BYTES || send_batch(rows, error);
}

bool rows_end(Rows *rows, Error *error)
{
    assert(rows->value == 0);
    if ((rows->batch.length > 0 && !send_batch(rows, error)) ||
        (rows->is_copying && !copy_end(rows->connection, &rows->taken, error)))
        return false;
    return rows->taken == rows->count ||
           error_set_service(error, ERROR_REFUSED, SERVICE_WAREHOUSE,
                             "the ledger took %" PRId64 " of %" PRId64 " rows (%s.sql): a trigger leaves some out by "
                             "RETURN NULL; drop the trigger",
                             rows->taken, rows->count, rows->statement);
}
