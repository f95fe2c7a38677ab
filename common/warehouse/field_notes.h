/* SPDX-License-Identifier: Apache-2.0
 *
 * What a task's objects had of their dataset's columns, as far as a person may not expect it: columns that no row of an
 * object fills, fields that no column asks for, objects without a row. Counted by object, kept by name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/catalog.h"
#include "decode/decode.h"
#include "decode/fields.h"
#include "ledger/record.h"

/* Names of unknown fields that are kept of a task. */
#define FIELD_NOTES_UNKNOWN_MAX DECODE_UNKNOWN_NAMES_MAX

typedef struct FieldNotes {
    const Table *table; /* whose columns they are about; it must outlive them */
    FieldRow *rows;
    size_t count, capacity;
    size_t unknown_count;
    size_t *places; /* by column and ColumnFill: index + 1 into rows; 0: none yet */
    size_t empty_place;
} FieldNotes;

void field_notes_init(FieldNotes *notes, const Table *table);
void field_notes_done(FieldNotes *notes);

/* Some objects, the first of which is object, and their rows. */
typedef struct FieldSource {
    int64_t object;
    int64_t objects;
    int64_t rows;
} FieldSource;

/* A column that none of the rows fills: it is COLUMN_ABSENT or COLUMN_NULL. */
void field_notes_add_column(FieldNotes *notes, size_t column, ColumnFill fill, const FieldSource *source);

/* There is no row, rejected ones counted. */
void field_notes_add_empty(FieldNotes *notes, const FieldSource *source);

/* What the decoder found in the object that it decoded last (decode_fields). */
void field_notes_add_object(FieldNotes *notes, const Fields *fields, const DecodeCounts *counts, int64_t object);

/* REJECT if the object's rows fill no column at all: it is not the dataset's, or the dataset does not ask for what
 * it has. s3://bucket/key is the object. */
bool field_notes_check(const Table *table, const Fields *fields, const DecodeCounts *counts, const char *bucket,
                       const char *key, Error *error) MUST_USE;

/* The same of all objects of a task, if nobody knows which fields came. */
bool field_notes_fail(const Table *table, int64_t rows, const char *bucket, const char *key, Error *error);
