/* SPDX-License-Identifier: Apache-2.0 */
#include "db/result.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* OIDs of pg_type that print as JSON numbers: int8, int2, int4, float4, float8, numeric. They never change. */
static const Oid number_types[] = {20, 21, 23, 700, 701, 1700};
#define BOOL_TYPE 16

void result_done(Result *result)
{
    PQclear(result->pg);
    result->pg = NULL;
}

#define TEXT_TYPE 25

void result_init(Result *out_result, const char *const *names, const char *types)
{
    out_result->pg = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    size_t count = strlen(types);
    AUTO_FREE PGresAttDesc *columns = memory_alloc_zeroed(count, sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        columns[i].name = (char *)(uintptr_t)names[i]; /* copied, although libpq does not say const */
        columns[i].typid = types[i] == 'n' ? number_types[0] : types[i] == 'b' ? BOOL_TYPE : TEXT_TYPE;
    }
    if (!out_result->pg || !PQsetResultAttrs(out_result->pg, (int)count, columns))
        error_abort("out of memory");
}

void result_add_row(Result *result, const char *const *values)
{
    int row = PQntuples(result->pg), count = PQnfields(result->pg);
    for (int i = 0; i < count; i++) {
        const char *value = values[i];
        if (!PQsetvalue(result->pg, row, i, (char *)(uintptr_t)value, value ? (int)strlen(value) : -1))
            error_abort("out of memory");
    }
}

size_t result_row_count(const Result *result)
{
    return (size_t)PQntuples(result->pg);
}

size_t result_column_count(const Result *result)
{
    return (size_t)PQnfields(result->pg);
}

const char *result_column_name(const Result *result, size_t column)
{
    return PQfname(result->pg, (int)column);
}

bool result_column_is_number(const Result *result, size_t column)
{
    Oid type = PQftype(result->pg, (int)column);
    for (size_t i = 0; i < sizeof number_types / sizeof *number_types; i++)
        if (number_types[i] == type)
            return true;
    return false;
}

bool result_column_is_bool(const Result *result, size_t column)
{
    return PQftype(result->pg, (int)column) == BOOL_TYPE;
}

bool result_is_null(const Result *result, size_t row, size_t column)
{
    assert(row < result_row_count(result) && column < result_column_count(result));
    return PQgetisnull(result->pg, (int)row, (int)column);
}

const char *result_text(const Result *result, size_t row, size_t column)
{
    assert(row < result_row_count(result) && column < result_column_count(result));
    return PQgetvalue(result->pg, (int)row, (int)column);
}

int64_t result_number(const Result *result, size_t row, size_t column)
{
    return strtoll(result_text(result, row, column), NULL, 10);
}

bool result_bool(const Result *result, size_t row, size_t column)
{
    return result_text(result, row, column)[0] == 't';
}

int64_t result_changed_rows(const Result *result)
{
    return strtoll(PQcmdTuples(result->pg), NULL, 10);
}

size_t result_find_column(const Result *result, Slice name)
{
    for (size_t column = 0; column < result_column_count(result); column++)
        if (slice_equals(slice_from_text(result_column_name(result, column)), name))
            return column;
    return SIZE_MAX;
}

int64_t result_sum(const Result *result, const char *column_name)
{
    size_t column = result_find_column(result, slice_from_text(column_name));
    int64_t sum = 0;
    assert(column != SIZE_MAX);
    for (size_t row = 0; row < result_row_count(result); row++)
        if (__builtin_add_overflow(sum, result_number(result, row, column), &sum))
            return INT64_MAX;
    return sum;
}

ResultRow result_row(const Result *result, size_t row)
{
    assert(row < result_row_count(result));
    return (ResultRow){.result = result, .row = row};
}

const char *result_next_text(ResultRow *row)
{
    return result_text(row->result, row->row, row->column++);
}

const char *result_next_text_or_null(ResultRow *row)
{
    bool is_null = result_is_null(row->result, row->row, row->column);
    const char *text = result_next_text(row);
    return is_null ? NULL : text;
}

int64_t result_next_number(ResultRow *row)
{
    return strtoll(result_next_text(row), NULL, 10);
}

int32_t result_next_integer(ResultRow *row)
{
    int64_t number = result_next_number(row);
    assert(number >= INT32_MIN && number <= INT32_MAX);
    return (int32_t)number;
}

bool result_next_bool(ResultRow *row)
{
    return result_next_text(row)[0] == 't';
}

void result_row_end(const ResultRow *row)
{
    assert(row->column == result_column_count(row->result));
}

const char *result_only_text(const Result *result)
{
    assert(result_row_count(result) == 1 && result_column_count(result) == 1);
    return result_text(result, 0, 0);
}

int64_t result_only_number(const Result *result)
{
    return strtoll(result_only_text(result), NULL, 10);
}

bool result_only_bool(const Result *result)
{
    return result_only_text(result)[0] == 't';
}
