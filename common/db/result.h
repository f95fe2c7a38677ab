/* SPDX-License-Identifier: Apache-2.0
 *
 * What a statement returned: rows of text. Texts are valid until result_done. A statement of ours is read row by row,
 * its columns in their order:
 *
 *     for (size_t i = 0; i < result_row_count(&due); i++) {
 *         ResultRow row = result_row(&due, i);
 *         int64_t run = result_next_number(&row);
 *         const char *reason = result_next_text(&row);
 *         result_row_end(&row);
 *     }
 *
 * result_row_end asserts that these were all of its columns, so that what SQL and C say of a result cannot differ
 * unseen. What the columns of a person's own query are is asked by number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/slice.h"

typedef struct Result {
    void *pg; /* libpq's; NULL: no row and no column */
} Result;

#define AUTO_RESULT AUTO(Result, result_done)

void result_done(Result *result);
size_t result_row_count(const Result *result);
size_t result_column_count(const Result *result);
const char *result_column_name(const Result *result, size_t column);
bool result_column_is_number(const Result *result, size_t column);
bool result_column_is_bool(const Result *result, size_t column);
bool result_is_null(const Result *result, size_t row, size_t column);
const char *result_text(const Result *result, size_t row, size_t column);
int64_t result_number(const Result *result, size_t row, size_t column); /* 0 for NULL */
bool result_bool(const Result *result, size_t row, size_t column);

/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t result_changed_rows(const Result *result);

/* The column of that name; SIZE_MAX if there is none. */
size_t result_find_column(const Result *result, Slice name);

/* Of all rows; the result must have the column. */
int64_t result_sum(const Result *result, const char *column_name);

/* A result that no statement returned, to be shown like those that one did; types has a letter a column: t text, n
 * number, b boolean ("t" or "f"). A value NULL is NULL. */
void result_init(Result *out_result, const char *const *names, const char *types);
void result_add_row(Result *result, const char *const *values);

/* A row of a result, and how far it is read. */
typedef struct ResultRow {
    const Result *result;
    size_t row;
    size_t column;
} ResultRow;

/* The result must have the row. */
ResultRow result_row(const Result *result, size_t row);

/* The value of the next column. */
const char *result_next_text(ResultRow *row);
const char *result_next_text_or_null(ResultRow *row); /* NULL for NULL, which result_next_text gives as "" */
int64_t result_next_number(ResultRow *row);           /* 0 for NULL */
int32_t result_next_integer(ResultRow *row);          /* likewise */
bool result_next_bool(ResultRow *row);

/* That was the last column. */
void result_row_end(const ResultRow *row);

/* The only value of a result that has one row with one column. */
const char *result_only_text(const Result *result);
int64_t result_only_number(const Result *result);
bool result_only_bool(const Result *result);
