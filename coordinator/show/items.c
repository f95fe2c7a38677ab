/* SPDX-License-Identifier: Apache-2.0 */
#include "show/items.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "show/figure.h"
#include "show/printable.h"

#define ITEM_BYTES_MAX (64 * KIB)
#define REMEDY "→ "

/* "for_s", "seen_s". */
static bool is_in_seconds(Slice column)
{
    return column.length > 2 && memcmp(column.data + column.length - 2, "_s", 2) == 0;
}

/* The sentence may have named its object already, and reasons often name it again. Appends the reason up to the name,
 * and returns what follows the name. */
static const char *add_until_object(Buffer *text, const char *reason, const Result *result, size_t row)
{
    size_t column = result_find_column(result, SLICE("object"));
    if (column == SIZE_MAX || result_is_null(result, row, column))
        return reason;
    AUTO_FREE char *name = memory_format("%s: ", result_text(result, row, column));
    const char *again = strstr(reason, name);
    bool is_said = text->data && strstr(text->data, result_text(result, row, column));
    if (!again || !is_said)
        return reason;
    AUTO_FREE char *before = memory_format("%.*s", (int)(again - reason), reason);
    printable_append(text, before, SIZE_MAX, false);
    return again + strlen(name);
}

/* Appends the value of "{column}" as far as it fits; more fits than a person reads. Returns what follows "}". */
static const char *add_value(Buffer *text, const char *place, const Result *result, size_t row, bool *out_is_empty)
{
    const char *end = strchr(place, '}');
    assert(end);
    const Slice name = {place + 1, (size_t)(end - place - 1)};
    size_t column = result_find_column(result, name);
    assert(column != SIZE_MAX);
    char span[FIGURE_SIZE];
    const char *value = result_is_null(result, row, column) ? "" : result_text(result, row, column);
    if (*value && is_in_seconds(name))
        value = figure_span(span, result_number(result, row, column));
    else if (column == result_find_column(result, SLICE("reason")))
        value = add_until_object(text, value, result, row);
    *out_is_empty = *out_is_empty || !*value;
    printable_append(text, value, SIZE_MAX, false);
    return end + 1;
}

static void cut_back(Buffer *text, size_t length)
{
    text->length = length;
    if (text->data)
        text->data[length] = '\0';
}

static void fill(Buffer *text, const char *sentence, const Result *result, size_t row)
{
    size_t begin = 0;
    bool is_empty = false;
    while (*sentence) {
        if (*sentence == '{') {
            sentence = add_value(text, sentence, result, row, &is_empty);
            continue;
        }
        if (*sentence == '[') {
            begin = text->length;
            is_empty = false;
        } else if (*sentence == ']') {
            cut_back(text, is_empty ? begin : text->length);
        } else if (!buffer_append(text, (Slice){sentence, 1})) {
            return;
        }
        sentence++;
    }
}

/* A word that is longer than a line gets a line of its own and stays whole, since it may be a name that somebody
 * copies. */
static void print_folded(const ItemPrinter *printer, const char *head, const char *text)
{
    size_t indent = printable_width(head), used = indent;
    bool is_first = true;
    fputs(head, printer->stream);
    while (*text) {
        size_t length = strcspn(text, " ");
        AUTO_FREE char *word = memory_format("%.*s", (int)length, text);
        size_t width = printable_width(word);
        if (!is_first && used + 1 + width > printer->width) {
            fprintf(printer->stream, "\n%*s", (int)indent, "");
            used = indent;
            is_first = true;
        }
        fprintf(printer->stream, "%s%s", is_first ? "" : " ", word);
        used += width + !is_first;
        is_first = false;
        text += length + strspn(text + length, " ");
    }
    fputs("\n", printer->stream);
}

static void print_remedy(const ItemPrinter *printer, const char *head, const Result *result, size_t row)
{
    size_t column = result_find_column(result, SLICE("what_to_do"));
    if (column == SIZE_MAX || result_is_null(result, row, column))
        return;
    AUTO_FREE char *indent = memory_format("%*s" REMEDY, (int)printable_width(head), "");
    AUTO_BUFFER text;
    buffer_init(&text, ITEM_BYTES_MAX);
    printable_append(&text, result_text(result, row, column), SIZE_MAX, false);
    print_folded(printer, indent, buffer_slice(&text).data);
}

void items_print(ItemPrinter *printer, const char *sentence, const Result *result)
{
    for (size_t row = 0; row < result_row_count(result); row++) {
        AUTO_FREE char *head =
            printer->has_numbers ? memory_format("%3zu. ", ++printer->number) : memory_format("  - ");
        AUTO_BUFFER text;
        buffer_init(&text, ITEM_BYTES_MAX);
        fill(&text, sentence, result, row);
        print_folded(printer, head, buffer_slice(&text).data);
        print_remedy(printer, head, result, row);
    }
}
