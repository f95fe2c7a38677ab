/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/line.h"

#include <string.h>

#include "decode/text.h"

void line_begin(Line *line, bool has_array_rows, bool is_after_row)
{
    *line = (Line){.has_array_rows = has_array_rows, .is_after_row = is_after_row};
}

static bool is_one_of(char byte, const char *bytes)
{
    return byte != '\0' && strchr(bytes, byte);
}

static bool may_begin_row(const Line *line, char byte)
{
    return byte == '{' || (byte == '[' && line->has_array_rows);
}

static bool may_end_row(const Line *line, char byte)
{
    return byte == '}' || (byte == ']' && line->has_array_rows);
}

static void count_row(Line *line)
{
    line->rows++;
    line->is_headless = false;
}

static void push(Line *line, char byte)
{
    if (line->depth == sizeof line->open) {
        line->deeper++;
        return;
    }
    line->open[line->depth++] = byte;
    line->braces += byte == '{';
}

/* In an object a bracket opens after a colon, in an array after a comma or the array's own bracket; elsewhere it
 * begins a row. A bracket after a colon, outside of all others, belongs to a row whose beginning is lost, if no row was
 * there before. */
static void open_bracket(Line *line, char byte)
{
    char around = '\0';
    if (line->depth > 0)
        around = line->open[line->depth - 1];
    bool may_begin = may_begin_row(line, byte);
    bool is_nested = around == '[' ? is_one_of(line->before, "[,") : line->before == ':';
    if (line->deeper == 0 && around == '\0') {
        is_nested &= line->rows == 0 || line->is_headless;
        line->is_headless |= is_nested;
        line->rows |= is_nested;
        if (!is_nested && !may_begin)
            return;
    }
    if (line->deeper == 0 && !is_nested && may_begin)
        count_row(line);
    push(line, byte);
}

static void pop(Line *line)
{
    line->depth--;
    line->braces -= line->open[line->depth] == '{';
}

/* Closes the last open bracket of this kind, and those that were opened in it. If none of this kind is open, closes the
 * last open one; if none is open at all, this is the end of a row whose beginning is lost. */
static void close_bracket(Line *line, char byte)
{
    char open = byte == '}' ? '{' : '[';
    bool is_open = open == '{' ? line->braces > 0 : line->depth > line->braces;
    if (line->deeper > 0) {
        line->deeper--;
    } else if (line->depth > 0) {
        while (is_open && line->open[line->depth - 1] != open)
            pop(line);
        pop(line);
    } else if (may_end_row(line, byte)) {
        line->rows += line->rows == 0;
        line->is_headless = false;
    }
    line->is_after_end = may_end_row(line, byte);
}

static void add_outside(Line *line, char byte)
{
    if (line->before == '"' && !is_one_of(byte, ",:}]"))
        line->has_torn_quotes = true;
    if (is_one_of(byte, "{[\":"))
        line->is_after_end = false;
    if (byte == '{' || byte == '[') {
        open_bracket(line, byte);
    } else if (byte == '}' || byte == ']') {
        close_bracket(line, byte);
    } else if (byte == '"') {
        line->has_torn_quotes |= line->before != '\0' && !is_one_of(line->before, "{[,:");
        line->is_in_string = true;
        line->string_has_begin = line->string_has_end = false;
    }
}

/* If the quotes are torn, this may be no string but the text between two: a row begins after the end of another one,
 * after a comma of a torn string, or with a key's quote. */
static void add_inside(Line *line, char byte)
{
    if (may_begin_row(line, byte)) {
        line->string_has_begin = true;
        line->has_row_in_string |= line->string_has_end || line->before == ',';
    }
    line->string_has_end |= may_end_row(line, byte);
    if (line->is_escaped) {
        line->is_escaped = false;
    } else if (byte == '\\') {
        line->is_escaped = true;
    } else if (byte == '"') {
        line->is_in_string = false;
        line->has_row_in_string |= may_begin_row(line, line->before) && !is_one_of(line->lead, ":[");
    }
}

static void add_byte(Line *line, char byte)
{
    line->has_hole |= line->is_nul && byte == '\0';
    line->is_nul = byte == '\0';
    if (text_is_space(byte) || line->is_nul) /* NUL: of UTF-16 */
        return;
    if (line->is_after_row && may_begin_row(line, byte))
        line->rows += 2;
    if (line->is_in_string)
        add_inside(line, byte);
    else
        add_outside(line, byte);
    line->lead = line->before;
    line->before = byte;
}

void line_add(Line *line, Slice text)
{
    for (size_t i = 0; i < text.length; i++)
        add_byte(line, text.data[i]);
}

/* A row in brackets that stay open is the value of another row, or begins after the tear. */
static bool is_torn_before_row(const Line *line)
{
    if (line->is_in_string)
        return line->string_has_begin && may_end_row(line, line->before);
    return line->depth > 0 && line->is_after_end;
}

LineFinding line_judge(const Line *line)
{
    bool has_torn_quotes = line->has_torn_quotes || line->is_in_string;
    bool has_rows = line->rows > 1 || (has_torn_quotes && line->has_row_in_string) || is_torn_before_row(line);
    return line->has_hole ? LINE_HAS_HOLE : has_rows ? LINE_HAS_ROWS : LINE_IS_ONE_ROW;
}
