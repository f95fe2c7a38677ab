/* SPDX-License-Identifier: Apache-2.0 */
#include "config/ini.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

#define BLANKS " \t\r\f\v"

/* Larger than any file that is read, since config.c refuses larger ones. */
#define VALUE_BYTES_MAX MIB

static bool is_blank(char c)
{
    return c != '\0' && strchr(BLANKS, c) != NULL;
}

static Slice trim(Slice slice)
{
    return slice_trim(slice, BLANKS);
}

void config_ini_init(IniReader *reader, Slice text)
{
    *reader = (IniReader){.rest = text};
    buffer_init(&reader->value, VALUE_BYTES_MAX);
    Slice byte_order_mark = SLICE("\xEF\xBB\xBF");
    if (slice_starts_with(text, byte_order_mark))
        reader->rest = (Slice){text.data + byte_order_mark.length, text.length - byte_order_mark.length};
}

void config_ini_done(IniReader *reader)
{
    free(reader->section);
    free(reader->name);
    buffer_done(&reader->value);
    *reader = (IniReader){0};
}

static Slice peek_line(const IniReader *reader)
{
    const char *end = memchr(reader->rest.data, '\n', reader->rest.length);
    return (Slice){reader->rest.data, end ? (size_t)(end - reader->rest.data) : reader->rest.length};
}

static void skip_line(IniReader *reader, Slice line)
{
    size_t length = line.length < reader->rest.length ? line.length + 1 : line.length;
    reader->rest = (Slice){reader->rest.data + length, reader->rest.length - length};
    reader->line++;
}

static size_t measure_indent(Slice line)
{
    size_t indent = 0;
    while (indent < line.length && is_blank(line.data[indent]))
        indent++;
    return indent;
}

static bool is_ignored(Slice trimmed)
{
    return trimmed.length == 0 || trimmed.data[0] == '#' || trimmed.data[0] == ';';
}

static bool has_control(Slice line)
{
    for (size_t i = 0; i < line.length; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if ((c < ' ' && !is_blank((char)c)) || c == 0x7F)
            return true;
    }
    return false;
}

static void append(Buffer *value, Slice bytes)
{
    bool fits = buffer_append(value, bytes);
    assert(fits);
}

/* Takes the lines that continue the value of a key. A line that looks like another key is still a part of this value,
 * as in configparser. */
static void read_continuation(IniReader *reader, size_t indent)
{
    while (reader->rest.length > 0) {
        Slice line = peek_line(reader), trimmed = trim(line);
        if (has_control(line) || (!is_ignored(trimmed) && measure_indent(line) <= indent))
            return;
        skip_line(reader, line);
        if (is_ignored(trimmed))
            continue;
        append(&reader->value, SLICE(" "));
        append(&reader->value, trimmed);
    }
}

/* Drops the quotes around the value and halves doubled per cent signs, in place. */
static void unquote(Buffer *value)
{
    char *data = value->data;
    size_t length = value->length;
    /* "a"."b" is a table's name, and not a text in quotes. */
    bool is_quoted = length >= 2 && (data[0] == '\'' || data[0] == '"') && data[length - 1] == data[0] &&
                     (data[0] == '\'' || !memmem(data, length, "\".\"", 3));
    size_t from = is_quoted ? 1 : 0, to = 0, end = is_quoted ? length - 1 : length;
    while (from < end) {
        if (data[from] == '%' && from + 1 < end && data[from + 1] == '%')
            from++;
        data[to++] = data[from++];
    }
    data[to] = '\0';
    value->length = to;
}

static IniEvent fail(const char **out_mistake, const char *mistake)
{
    *out_mistake = mistake;
    return INI_MISTAKE;
}

/* Text after the last ] is left alone, as in configparser. */
static bool read_header(IniReader *reader, Slice trimmed)
{
    free(take(reader->section));
    reader->is_broken = true;
    const char *end = memrchr(trimmed.data, ']', trimmed.length);
    if (!end)
        return false;
    Slice name = trim((Slice){trimmed.data + 1, (size_t)(end - trimmed.data - 1)});
    if (name.length == 0)
        return false;
    reader->section = memory_copy_slice(name);
    reader->is_broken = false;
    return true;
}

static IniEvent read_entry(IniReader *reader, Slice trimmed, size_t indent, IniEntry *out_entry,
                           const char **out_mistake)
{
    size_t name_length = 0;
    while (name_length < trimmed.length && trimmed.data[name_length] != '=' && trimmed.data[name_length] != ':')
        name_length++;
    Slice name = trim((Slice){trimmed.data, name_length});
    if (name_length == trimmed.length || name.length == 0)
        return fail(out_mistake, "neither a [SECTION] nor KEY = value");

    buffer_clear(&reader->value);
    append(&reader->value, trim((Slice){trimmed.data + name_length + 1, trimmed.length - name_length - 1}));
    read_continuation(reader, indent);
    unquote(&reader->value);
    if (!reader->section)
        return fail(out_mistake, "a key before the first [SECTION]");

    free(reader->name);
    reader->name = memory_copy_slice(name);
    out_entry->section = reader->section;
    out_entry->name = reader->name;
    out_entry->value = reader->value.data;
    return INI_ENTRY;
}

/* The line, and all that follows it up to the next event. */
static Slice measure_text(const IniReader *reader, Slice line)
{
    return (Slice){line.data, (size_t)(reader->rest.data - line.data)};
}

IniEvent config_ini_next(IniReader *reader, IniEntry *out_entry, const char **out_mistake)
{
    while (reader->rest.length > 0) {
        Slice line = peek_line(reader), trimmed = trim(line);
        skip_line(reader, line);
        *out_entry = (IniEntry){.line = reader->line};
        if (has_control(line))
            return fail(out_mistake, "holds a control character: not a text file?");
        if (is_ignored(trimmed))
            continue;
        if (trimmed.data[0] == '[') {
            if (!read_header(reader, trimmed))
                return fail(out_mistake, "a section is written [NAME]");
            out_entry->section = reader->section;
            out_entry->text = measure_text(reader, line);
            return INI_SECTION;
        }
        if (reader->is_broken)
            continue;
        IniEvent event = read_entry(reader, trimmed, measure_indent(line), out_entry, out_mistake);
        out_entry->text = measure_text(reader, line);
        return event;
    }
    return INI_END;
}
