/* SPDX-License-Identifier: Apache-2.0
 *
 * A staging table as the warehouse's catalog describes it: the DDL is the only schema. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/connection.h"

typedef struct TableColumn {
    char *name;
    char *type;         /* as format_type prints it without modifiers: "character varying" */
    int32_t length_max; /* varchar(n), char(n); 0: no limit */
    int16_t precision;  /* numeric(p, s); 0: no limit */
    int16_t scale;
    bool is_not_null;
} TableColumn;

typedef struct Table {
    TableColumn *columns; /* in order, without _object, _run, _ordinal and _rescued */
    size_t column_count;
    TableColumn rescued;        /* _rescued; name is NULL if the table has none */
    char *column_list;          /* these columns, quoted, for SQL */
    char *copy_target;          /* the table, these columns, _object, _run and _ordinal, quoted, for SQL */
    char *copy_target_rescuing; /* the same and _rescued */
} Table;

#define AUTO_TABLE AUTO(Table, catalog_table_done)

/* FATAL if there is no such table, or one into which no role of ours may COPY, or without the three columns that
 * copyfleet fills, each a bigint. */
bool catalog_read_table(Connection *connection, const char *name, Table *out_table, Error *error) MUST_USE;
void catalog_table_done(Table *table);

/* Whether the columns are the same, one by one. */
bool catalog_table_equals(const Table *a, const Table *b);
