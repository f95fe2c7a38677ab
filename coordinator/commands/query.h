/* SPDX-License-Identifier: Apache-2.0
 *
 * A query that lives in a .sql file, as its first comments describe it: "-- title: …" or "-- check: …", and for
 * parameters, in the order of $1, $2 …, "-- parameter: name = default". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/options.h"
#include "db/connection.h"
#include "db/sql.h"
#include "db/transaction.h"

#define QUERY_PARAMETERS_MAX 8

typedef struct QueryParameter {
    char name[64];
    char value[256]; /* the default, or what --set gave */
} QueryParameter;

typedef struct Query {
    char name[64]; /* the file's, without folder, number and ending */
    char title[256];
    QueryParameter parameters[QUERY_PARAMETERS_MAX];
    size_t parameter_count;
    const char *sql; /* the file's; borrowed */
} Query;

/* Begins the transaction of a command that only reads, in one snapshot, so that its parts agree. A wait for a table
 * that somebody has locked against all others has a bound on PostgreSQL. */
bool query_begin(Transaction *transaction, Connection *connection, Error *error) MUST_USE;

/* FATAL if the comments are not as above. */
bool query_parse(const SqlFile *file, Query *out_query, Error *error) MUST_USE;

/* Sets a parameter. False if the query has none of that name, or if the value is too long. */
bool query_set(Query *query, const Setting *setting);

bool query_execute(const Query *query, Connection *connection, Result *out_result, Error *error) MUST_USE;
