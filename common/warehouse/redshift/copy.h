/* SPDX-License-Identifier: Apache-2.0
 *
 * The statements of a load that Redshift does, as text. Pure but for the quoting, which is the session's. */
#pragma once

#include "config/config.h"
#include "db/catalog.h"
#include "db/connection.h"
#include "task/task.h"

/* What a COPY is told besides the columns; texts are borrowed. */
typedef struct CopyOrder {
    const Config *config;
    const Dataset *dataset;
    const char *column_list;
    const char *manifest;  /* s3://… */
    const char *jsonpaths; /* s3://… if the dataset's are a file; else NULL */
    const char *first_key; /* of the objects, which all are compressed alike */
} CopyOrder;

/* The temporary table that is copied into: the staging table's columns, without copyfleet's own three. */
char *redshift_copy_table_sql(Connection *connection, const Table *table);

char *redshift_copy_sql(Connection *connection, const CopyOrder *order);

/* In how many of its rows each column has a value; there are columns. */
char *redshift_copy_filled_sql(Connection *connection, const Table *table);

/* From there into staging; the task's number and run are its $1 and $2. */
char *redshift_copy_insert_sql(Connection *connection, const Dataset *dataset, const Table *table);

/* The listing, from its manifest. */
char *redshift_copy_listing_sql(Connection *connection, const Config *config, const char *manifest);
