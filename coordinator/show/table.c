/* SPDX-License-Identifier: Apache-2.0 */
#include "show/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "show/printable.h"

#define CELL_WIDTH_MAX 60
#define FITTED_WIDTH_MAX 30

bool table_format_parse(const char *name, TableFormat *out_format)
{
    static const char *const names[] = {"table", "csv", "json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *out_format = (TableFormat)i;
            return true;
        }
    }
    return false;
}

static size_t text_width(const char *text)
{
    size_t width = printable_width(text);
    return width < CELL_WIDTH_MAX ? width : CELL_WIDTH_MAX;
}

static void print_cell_text(FILE *stream, const char *text, size_t width_max)
{
    AUTO_BUFFER shown;
    buffer_init(&shown, SIZE_MAX / 2);
    printable_append(&shown, text, width_max, false);
    fwrite(buffer_slice(&shown).data, 1, shown.length, stream);
}

static void print_padding(FILE *stream, size_t width)
{
    fprintf(stream, "%*s", (int)width, "");
}

static const char *cell_text(const Result *result, size_t row, size_t column)
{
    return result_is_null(result, row, column) ? "" : result_text(result, row, column);
}

/* The columns that are shown, in their order. */
typedef struct Grid {
    const Result *result;
    size_t *columns;
    size_t *widths;
    size_t count;
    bool is_cut; /* the last column is cut too; else it is whole, since it is often a reason */
} Grid;

static void grid_init(Grid *grid, const Result *result)
{
    size_t count = result_column_count(result) + 1;
    *grid = (Grid){.result = result,
                   .columns = memory_alloc_zeroed(count, sizeof *grid->columns),
                   .widths = memory_alloc_zeroed(count, sizeof *grid->widths)};
}

static void grid_done(Grid *grid)
{
    free(grid->columns);
    free(grid->widths);
}

#define AUTO_GRID AUTO(Grid, grid_done)

static size_t measure_column(const Result *result, size_t column)
{
    size_t widest = text_width(result_column_name(result, column));
    for (size_t row = 0; row < result_row_count(result); row++) {
        size_t width = text_width(cell_text(result, row, column));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void add_column(Grid *grid, size_t column, size_t width)
{
    grid->columns[grid->count] = column;
    grid->widths[grid->count++] = width;
}

static void print_cell(FILE *stream, const char *text, size_t width, bool is_right)
{
    size_t shown = printable_width(text) < width ? printable_width(text) : width;
    if (is_right)
        print_padding(stream, width - shown);
    print_cell_text(stream, text, width);
    if (!is_right)
        print_padding(stream, width - shown);
}

static void print_row(FILE *stream, const Grid *grid, size_t row)
{
    for (size_t i = 0; i < grid->count; i++) {
        const char *text = cell_text(grid->result, row, grid->columns[i]);
        bool is_right = result_column_is_number(grid->result, grid->columns[i]);
        fputs("  ", stream);
        if (i + 1 < grid->count || is_right)
            print_cell(stream, text, grid->widths[i], is_right);
        else
            print_cell_text(stream, text, grid->is_cut ? grid->widths[i] : SIZE_MAX);
    }
    fputs("\n", stream);
}

static void print_grid(FILE *stream, const char *title, const Grid *grid)
{
    if (*title)
        fprintf(stream, "%s\n", title);
    for (size_t i = 0; i < grid->count; i++) {
        fputs("  ", stream);
        print_cell(stream, result_column_name(grid->result, grid->columns[i]), grid->widths[i],
                   result_column_is_number(grid->result, grid->columns[i]));
    }
    fputs("\n", stream);
    for (size_t i = 0; i < grid->count; i++) {
        fputs("  ", stream);
        for (size_t dash = 0; dash < grid->widths[i]; dash++)
            fputs("─", stream);
    }
    fputs("\n", stream);
    for (size_t row = 0; row < result_row_count(grid->result); row++)
        print_row(stream, grid, row);
}

static void print_text(FILE *stream, const char *title, const Result *result)
{
    AUTO_GRID grid;
    grid_init(&grid, result);
    for (size_t column = 0; column < result_column_count(result); column++)
        add_column(&grid, column, measure_column(result, column));
    print_grid(stream, title, &grid);
}

void table_print_fitting(FILE *stream, const char *title, const Result *result, const char *names, size_t width)
{
    AUTO_GRID grid;
    grid_init(&grid, result);
    grid.is_cut = true;
    size_t used = 0;
    for (size_t length; *names; names += length + strspn(names + length, " ")) {
        length = strcspn(names, " ");
        size_t column = result_find_column(result, (Slice){names, length});
        size_t wanted = measure_column(result, column);
        size_t needed = 2 + (wanted < FITTED_WIDTH_MAX ? wanted : FITTED_WIDTH_MAX);
        if (used + needed > width)
            break;
        add_column(&grid, column, needed - 2);
        used += needed;
    }
    print_grid(stream, title, &grid);
}

static void print_escape(FILE *stream, uint32_t code)
{
    if (code == '"' || code == '\\')
        fprintf(stream, "\\%c", (char)code);
    else if (code <= 0xFFFF)
        fprintf(stream, "\\u%04x", code);
    else
        fprintf(stream, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF));
}

/* A terminal would obey control characters: neither format has them as they are. CSV may have line ends and tabs, in
 * quotes. */
static bool is_escaped(uint32_t code, TableFormat format)
{
    if (format == TABLE_CSV)
        return utf8_is_control(code) && code != '\n' && code != '\t';
    return utf8_is_control(code) || code == '"' || code == '\\';
}

/* What is no UTF-8 becomes U+FFFD. */
static void print_characters(FILE *stream, const char *text, TableFormat format)
{
    for (size_t length; *text; text += length > 0 ? length : 1) {
        const unsigned char *bytes = (const unsigned char *)text;
        length = utf8_character_length(bytes, strnlen(text, 4));
        uint32_t code = length > 0 ? utf8_code_point(bytes, length) : 0xFFFD;
        if (length == 0 || is_escaped(code, format))
            print_escape(stream, code);
        else
            fwrite(text, 1, length, stream);
        if (format == TABLE_CSV && code == '"')
            fputc('"', stream);
    }
}

static void print_csv_field(FILE *stream, const char *text)
{
    const char *quote = strpbrk(text, "\",\r\n\t") ? "\"" : "";
    fputs(quote, stream);
    print_characters(stream, text, TABLE_CSV);
    fputs(quote, stream);
}

static void print_json_string(FILE *stream, const char *text)
{
    fputc('"', stream);
    print_characters(stream, text, TABLE_JSON);
    fputc('"', stream);
}

static void print_csv(FILE *stream, const Result *result)
{
    size_t columns = result_column_count(result);
    for (size_t column = 0; column < columns; column++) {
        fputs(column > 0 ? "," : "", stream);
        print_csv_field(stream, result_column_name(result, column));
    }
    fputs("\r\n", stream);
    for (size_t row = 0; row < result_row_count(result); row++) {
        for (size_t column = 0; column < columns; column++) {
            fputs(column > 0 ? "," : "", stream);
            print_csv_field(stream, cell_text(result, row, column));
        }
        fputs("\r\n", stream);
    }
}

/* numeric and float know values that JSON does not. */
static bool is_json_number(const char *text)
{
    return *text == '-' ? text[1] >= '0' && text[1] <= '9' : *text >= '0' && *text <= '9';
}

static void print_json_value(FILE *stream, const Result *result, size_t row, size_t column)
{
    const char *text = result_text(result, row, column);
    if (result_is_null(result, row, column))
        fputs("null", stream);
    else if (result_column_is_number(result, column) && is_json_number(text))
        fputs(text, stream);
    else if (result_column_is_bool(result, column))
        fputs(result_bool(result, row, column) ? "true" : "false", stream);
    else
        print_json_string(stream, text);
}

static void print_json_row(FILE *stream, const Result *result, size_t row)
{
    fputs("{", stream);
    for (size_t column = 0; column < result_column_count(result); column++) {
        fputs(column > 0 ? ", " : "", stream);
        print_json_string(stream, result_column_name(result, column));
        fputs(": ", stream);
        print_json_value(stream, result, row, column);
    }
    fputs("}", stream);
}

static void print_json(FILE *stream, const Result *result)
{
    fputs("[", stream);
    for (size_t row = 0; row < result_row_count(result); row++) {
        fputs(row > 0 ? ",\n  " : "\n  ", stream);
        print_json_row(stream, result, row);
    }
    fputs("]", stream);
}

void table_print(TablePrinter *printer, const char *name, const char *title, const Result *result)
{
    bool is_first = printer->printed++ == 0;
    switch (printer->format) {
    case TABLE_TEXT:
        fputs(is_first ? "" : "\n", printer->stream);
        print_text(printer->stream, title, result);
        break;
    case TABLE_CSV:
        fputs(is_first ? "" : "\r\n", printer->stream);
        print_csv(printer->stream, result);
        break;
    case TABLE_JSON:
        if (is_first && printer->schema_version > 0)
            fprintf(printer->stream, "{\"schema_version\": %d,\n", printer->schema_version);
        else
            fputs(is_first ? "{" : ",\n", printer->stream);
        print_json_string(printer->stream, name);
        fputs(": ", printer->stream);
        print_json(printer->stream, result);
        break;
    }
}

void table_finish(TablePrinter *printer)
{
    if (printer->format == TABLE_JSON)
        fputs(printer->printed > 0 ? "}\n" : "{}\n", printer->stream);
}

void table_print_row(FILE *stream, TableFormat format, const Result *result)
{
    if (format == TABLE_CSV)
        print_csv(stream, result);
    if (format == TABLE_JSON) {
        print_json_row(stream, result, 0);
        fputs("\n", stream);
    }
}
