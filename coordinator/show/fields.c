/* SPDX-License-Identifier: Apache-2.0 */
#include "show/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "db/statement.h"
#include "ledger/field_kind.h"
#include "show/printable.h"

/* Names in one sentence. */
#define NAMES_MAX 20

static const char *const sentences[FIELD_KINDS] = {
    [FIELD_ABSENT] = "no row has what these columns ask for",
    [FIELD_NULL] = "these columns are NULL in every row",
    [FIELD_UNKNOWN] = "no column asks for these fields",
    [FIELD_EMPTY] = "objects without any row",
};

/* A row of run/fields.sql. */
typedef struct Finding {
    const char *dataset;
    FieldKind kind;
    const char *name;
    const char *objects, *of_objects;
    const char *rows, *of_rows;
    const char *object; /* for example */
} Finding;

bool fields_read(Connection *connection, const char *since, Result *out_fields, Error *error)
{
    return statement_run(connection, "run/fields", VALUES(TEXT_VALUE(since)), out_fields, error) ||
           error_add_context(error, "reading which fields came");
}

static Finding read_finding(const Result *fields, size_t index)
{
    Finding finding;
    ResultRow row = result_row(fields, index);
    finding.dataset = result_next_text(&row);
    finding.kind = field_kind_find(result_next_text(&row));
    finding.name = result_next_text(&row);
    finding.objects = result_next_text(&row);
    finding.of_objects = result_next_text(&row);
    finding.rows = result_next_text(&row);
    finding.of_rows = result_next_text(&row);
    (void)result_next_number(&row); /* the last run that shows it */
    finding.object = result_next_text(&row);
    result_row_end(&row);
    return finding;
}

/* Rows of one dataset and kind follow one another. Returns the place after the last of those that begin at first. */
static size_t find_end(const Result *fields, size_t first)
{
    size_t end = first + 1;
    const Finding finding = read_finding(fields, first);
    for (; end < result_row_count(fields); end++) {
        const Finding next = read_finding(fields, end);
        if (next.kind != finding.kind || strcmp(next.dataset, finding.dataset) != 0)
            break;
    }
    return end;
}

/* Names and keys come from outside; what does not fit is left out. */
static void append_names(Buffer *out, const Result *fields, size_t first, size_t end)
{
    size_t shown = end - first > NAMES_MAX ? NAMES_MAX : end - first;
    for (size_t i = first; i < first + shown; i++) {
        (void)!buffer_append_text(out, i > first ? ", " : ": ");
        printable_append(out, read_finding(fields, i).name, SIZE_MAX, false);
    }
    if (end - first > shown)
        (void)!buffer_append_format(out, ", and %zu more", end - first - shown);
}

static void say(const Result *fields, size_t first, size_t end)
{
    AUTO_BUFFER text;
    buffer_init(&text, 64 * KIB);
    const Finding finding = read_finding(fields, first);
    (void)!buffer_append_format(&text, "Dataset %s: %s", finding.dataset, sentences[finding.kind]);
    if (finding.kind != FIELD_EMPTY)
        append_names(&text, fields, first, end);
    (void)!buffer_append_format(&text, " (%s of %s objects, %s of %s rows; for example ", finding.objects,
                                finding.of_objects, finding.rows, finding.of_rows);
    printable_append(&text, finding.object, SIZE_MAX, false);
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
