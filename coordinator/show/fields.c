/* SPDX-License-Identifier: Apache-2.0 */
#include "show/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "db/sql.h"
#include "show/printable.h"

/* Names in one sentence. */
#define NAMES_MAX 20

/* The columns of load_fields.sql. */
enum { DATASET, KIND, NAME, OBJECTS, OF_OBJECTS, ROWS, OF_ROWS, LAST_RUN, OBJECT };

typedef struct Saying {
    const char *kind;
    const char *sentence;
} Saying;

static const Saying sayings[] = {
    {"absent", "no row has what these columns ask for"},
    {"null", "these columns are NULL in every row"},
    {"unknown", "no column asks for these fields"},
    {"empty", "objects without any row"},
};

bool fields_read(Connection *connection, const char *since, Result *out_fields, Error *error)
{
    return statement_run(connection, "run/fields", &since, 1, out_fields, error) ||
           error_add_context(error, "reading which fields came");
}

static bool is_same(const Result *fields, size_t a, size_t b)
{
    return strcmp(result_text(fields, a, DATASET), result_text(fields, b, DATASET)) == 0 &&
           strcmp(result_text(fields, a, KIND), result_text(fields, b, KIND)) == 0;
}

/* The rows of a dataset and kind follow one another, from first on: the place after the last. */
static size_t find_end(const Result *fields, size_t first)
{
    size_t end = first + 1;
    while (end < result_row_count(fields) && is_same(fields, first, end))
        end++;
    return end;
}

static const char *sentence_of(const char *kind)
{
    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
        if (strcmp(sayings[i].kind, kind) == 0)
            return sayings[i].sentence;
    return kind;
}

/* Names and keys come from outside; what does not fit is left out. */
static void append_names(Buffer *out, const Result *fields, size_t first, size_t end)
{
    size_t shown = end - first > NAMES_MAX ? NAMES_MAX : end - first;
    for (size_t i = first; i < first + shown; i++) {
        (void)!buffer_append_text(out, i > first ? ", " : ": ");
        printable_append(out, result_text(fields, i, NAME), SIZE_MAX, false);
    }
    if (end - first > shown)
        (void)!buffer_append_format(out, ", and %zu more", end - first - shown);
}

static void say(const Result *fields, size_t first, size_t end)
{
    AUTO_BUFFER text;
    buffer_init(&text, 64 * KIB);
    const char *kind = result_text(fields, first, KIND);
    (void)!buffer_append_format(&text, "Dataset %s: %s", result_text(fields, first, DATASET), sentence_of(kind));
    if (strcmp(kind, "empty") != 0)
        append_names(&text, fields, first, end);
    (void)!buffer_append_format(&text, " (%s of %s objects, %s of %s rows; for example ",
                                result_text(fields, first, OBJECTS), result_text(fields, first, OF_OBJECTS),
                                result_text(fields, first, ROWS), result_text(fields, first, OF_ROWS));
    printable_append(&text, result_text(fields, first, OBJECT), SIZE_MAX, false);
    (void)!buffer_append_text(&text, ").\n");
    fwrite(text.data, 1, text.length, stderr);
}

void fields_say(const Result *fields)
{
    for (size_t first = 0, end; first < result_row_count(fields); first = end) {
        end = find_end(fields, first);
        say(fields, first, end);
    }
    if (result_row_count(fields) > 0)
        fprintf(stderr, "Is LOCATION right, and does JSON ask for the fields as they are written? The view "
                        "copyfleet.load_fields has all of it.\n");
}
