/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of ours on their way into a table, as the warehouse takes them from a client: by COPY in the binary layout, or
 * as literals of INSERT statements, of which Amazon advises few for many rows each
 * (https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-multi-row-inserts.html). They are sent in batches.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "db/connection.h"

typedef struct Rows {
    Connection *connection;
    const char *statement; /* of sql/, which takes them */
    Buffer batch;
    uint16_t value_count; /* of each row */
    uint16_t value;       /* of the row that is being written: how many it has */
    int64_t count;        /* of the rows so far */
    int64_t taken;        /* of them, those that the warehouse says it took */
    bool is_copying;
} Rows;

#define AUTO_ROWS AUTO(Rows, rows_done)

/* In the transaction that is open. statement is borrowed; row_bytes_max bounds the bytes of the texts of one row: more
 * is a fault of ours, and ends the program. */
void rows_init(Rows *rows, Connection *connection, const char *statement, uint16_t value_count, size_t row_bytes_max);
void rows_done(Rows *rows);

/* The values of a row, one by one in the order of the statement's columns. */
void rows_add_bigint(Rows *rows, int64_t number);
void rows_add_integer(Rows *rows, int32_t number);
void rows_add_text(Rows *rows, const char *text); /* NULL is the null value */

/* After the last value of a row: sends the batch if it is full. */
bool rows_end_row(Rows *rows, Error *error) MUST_USE;

/* After the last row. REFUSED if the warehouse did not take all rows. */
bool rows_end(Rows *rows, Error *error) MUST_USE;
