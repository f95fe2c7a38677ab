/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/field_notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FILLS_NOTED COLUMN_FILLED /* COLUMN_ABSENT and COLUMN_NULL */

/* Of the names in a sentence. */
#define NAMES_BYTES_MAX 200

static const FieldKind kinds[FILLS_NOTED] = {[COLUMN_ABSENT] = FIELD_ABSENT, [COLUMN_NULL] = FIELD_NULL};

void field_notes_init(FieldNotes *notes, const Table *table)
{
    *notes = (FieldNotes){.table = table,
                          .places = memory_alloc_zeroed(table->column_count * FILLS_NOTED + 1, sizeof *notes->places)};
}

void field_notes_done(FieldNotes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->rows[i].name);
    free(notes->rows);
    free(notes->places);
    *notes = (FieldNotes){0};
}

/* The place, index + 1, of a row that is new. */
static size_t add_row(FieldNotes *notes, FieldKind kind, const char *name, int64_t object)
{
    notes->rows = memory_grow(notes->rows, notes->count, &notes->capacity, sizeof *notes->rows);
    notes->rows[notes->count++] = (FieldRow){.kind = kind, .name = memory_copy_text(name), .object = object};
    return notes->count;
}

static void count(FieldNotes *notes, size_t place, const FieldSource *source)
{
    notes->rows[place - 1].objects += source->objects;
    notes->rows[place - 1].rows += source->rows;
}

void field_notes_add_column(FieldNotes *notes, size_t column, ColumnFill fill, const FieldSource *source)
{
    size_t *place = &notes->places[column * FILLS_NOTED + fill];
    if (*place == 0)
        *place = add_row(notes, kinds[fill], notes->table->columns[column].name, source->object);
    count(notes, *place, source);
}

void field_notes_add_empty(FieldNotes *notes, const FieldSource *source)
{
    if (notes->empty_place == 0)
        notes->empty_place = add_row(notes, FIELD_EMPTY, "", source->object);
    count(notes, notes->empty_place, source);
}

static void add_unknown(FieldNotes *notes, const DecodeUnknown *unknown, int64_t object)
{
    size_t place = 0;
    for (size_t i = 0; i < notes->count && place == 0; i++)
        if (notes->rows[i].kind == FIELD_UNKNOWN && strcmp(notes->rows[i].name, unknown->name) == 0)
            place = i + 1;
    if (place == 0 && notes->unknown_count == FIELD_NOTES_UNKNOWN_MAX)
        return;
    if (place == 0) {
        place = add_row(notes, FIELD_UNKNOWN, unknown->name, object);
        notes->unknown_count++;
    }
    const FieldSource source = {.object = object, .objects = 1, .rows = unknown->rows};
    count(notes, place, &source);
}

void field_notes_add_object(FieldNotes *notes, const Fields *fields, const DecodeCounts *counts, int64_t object)
{
    const FieldSource source = {.object = object, .objects = 1, .rows = counts->rows};
    if (counts->rows + counts->rejects == 0)
        field_notes_add_empty(notes, &source);
    if (counts->rows == 0)
        return;
    for (size_t column = 0; column < notes->table->column_count; column++) {
        ColumnFill fill = fields->fills[column];
        if (fill != COLUMN_FILLED)
            field_notes_add_column(notes, column, fill, &source);
    }
    for (size_t i = 0; i < fields->name_count; i++)
        add_unknown(notes, &fields->names[i], object);
}

/* As many names as a sentence has room for. */
typedef struct Names {
    char text[NAMES_BYTES_MAX + 8];
    size_t length;
    bool is_full;
} Names;

static void names_add(Names *names, const char *name)
{
    size_t length = strlen(name), gap = names->length > 0 ? 2 : 0;
    if (names->is_full)
        return;
    names->is_full = names->length + gap + length > NAMES_BYTES_MAX;
    const char *text = names->is_full ? "…" : name;
    int added = snprintf(names->text + names->length, sizeof names->text - names->length, "%s%s",
                         names->length > 0 ? ", " : "", text);
    names->length += (size_t)added;
}

static Names name_columns(const Table *table)
{
    Names names = {0};
    for (size_t i = 0; i < table->column_count; i++)
        names_add(&names, table->columns[i].name);
    return names;
}

bool field_notes_fail(const Table *table, int64_t rows, const char *bucket, const char *key, Error *error)
{
    Names columns = name_columns(table);
    return error_set(error, ERROR_REJECT,
                     "s3://%s/%.300s: none of %" PRId64 " rows has a value for any column (%s): the objects are not of "
                     "this dataset, or its JSON asks for other fields: mend LOCATION or JSON, then copyfleet retry",
                     bucket, key, rows, columns.text);
}

bool field_notes_check(const Table *table, const Fields *fields, const DecodeCounts *counts, const char *bucket,
                       const char *key, Error *error)
{
    if (counts->rows == 0 || table->column_count == 0)
        return true;
    for (size_t column = 0; column < table->column_count; column++)
        if (fields->fills[column] == COLUMN_FILLED)
            return true;
    Names columns = name_columns(table), unknowns = {0};
    for (size_t i = 0; i < fields->name_count; i++)
        names_add(&unknowns, fields->names[i].name);
    return error_set(error, ERROR_REJECT,
                     "s3://%s/%.300s: none of its %" PRId64 " rows has a value for any column (%s); it has %s: it is "
                     "not of this dataset, or the dataset's JSON asks for other fields: mend LOCATION or JSON, then "
                     "copyfleet retry",
                     bucket, key, counts->rows, columns.text,
                     unknowns.length > 0 ? unknowns.text : "no field that a column does not ask for");
}
