/* SPDX-License-Identifier: Apache-2.0 */
#include "config/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "config/ini.h"

#define FILE_BYTES_MAX (512 * KIB)

#define BLANKS " \t\r\f\v"

/* Where the edit goes. */
typedef struct Place {
    Slice entry;         /* the lines of the key, with comments and empty lines after them; empty: it has none */
    Slice last;          /* the same of the last key or header of its section; empty: there is no such section */
    bool has_value;      /* the text has the value already that the edit asks for */
    bool has_mistake;    /* the text is no INI file */
    const char *newline; /* as the text has them */
} Place;

/* Written so that the reader gives the value back: it takes %% for %, $${ for ${, and drops quotes around a value. */
static bool append_value(Buffer *out, const char *value)
{
    size_t length = strlen(value);
    bool is_quoted = length > 0 && (strchr("'\"" BLANKS, value[0]) || strchr(BLANKS, value[length - 1]));
    bool fits = buffer_append_text(out, is_quoted ? "\"" : "");
    for (const char *c = value; fits && *c; c++) {
        const char *escape = *c == '%' ? "%" : strncmp(c, "${", 2) == 0 ? "$" : "";
        fits = buffer_append_text(out, escape) && buffer_append(out, (Slice){c, 1});
    }
    return fits && buffer_append_text(out, is_quoted ? "\"" : "");
}

/* What the reader makes of the value, before it resolves references. */
static bool is_value(const char *read, const char *value)
{
    for (; *value; value++) {
        if (strncmp(value, "${", 2) == 0 && *read++ != '$')
            return false;
        if (*read++ != *value)
            return false;
    }
    return *read == '\0';
}

static Place find_place(Slice text, const ConfigEdit *edit)
{
    const char *first_end = memchr(text.data, '\n', text.length);
    Place place = {.newline = first_end && first_end > text.data && first_end[-1] == '\r' ? "\r\n" : "\n"};
    AUTO(IniReader, config_ini_done) reader;
    config_ini_init(&reader, text);
    for (;;) {
        IniEntry entry;
        const char *mistake = NULL;
        IniEvent event = config_ini_next(&reader, &entry, &mistake);
        if (event == INI_END)
            return place;
        place.has_mistake |= event == INI_MISTAKE;
        if (event == INI_MISTAKE || strcasecmp(entry.section, edit->section) != 0)
            continue;
        place.last = entry.text;
        if (event == INI_ENTRY && strcasecmp(entry.name, edit->name) == 0) {
            place.entry = entry.text;
            place.has_value = is_value(entry.value, edit->value);
        }
    }
}

/* The length of the first line, its end included. */
static size_t line_length(Slice text)
{
    const char *end = memchr(text.data, '\n', text.length);
    return end ? (size_t)(end - text.data) + 1 : text.length;
}

static bool is_read_over(Slice line)
{
    size_t blanks = 0;
    while (blanks < line.length && strchr(BLANKS "\n", line.data[blanks]))
        blanks++;
    return blanks == line.length || line.data[blanks] == '#' || line.data[blanks] == ';';
}

/* "NAME = " of the line, as far as the value. */
static Slice cut_name(Slice line)
{
    size_t length = 0;
    while (line.data[length] != '=' && line.data[length] != ':')
        length++;
    length++;
    while (length < line.length && strchr(" \t", line.data[length]))
        length++;
    return (Slice){line.data, length};
}

/* If the sign ends the line, a blank goes after it, provided that one stands before it. */
static bool wants_blank(Slice name)
{
    return name.length > 1 && strchr("=:", name.data[name.length - 1]) && strchr(" \t", name.data[name.length - 2]);
}

static Slice cut_line_end(Slice line)
{
    size_t length = line.length;
    while (length > 0 && strchr("\r\n", line.data[length - 1]))
        length--;
    return (Slice){line.data + length, line.length - length};
}

/* Appends the key's first line with another value. The lines that continued the value go, the comments between them
 * stay. */
static bool append_entry(Buffer *out, Slice entry, const char *value)
{
    Slice line = {entry.data, line_length(entry)};
    Slice name = cut_name(line);
    if (!buffer_append(out, name) || !buffer_append_text(out, wants_blank(name) ? " " : "") ||
        !append_value(out, value) || !buffer_append(out, cut_line_end(line)))
        return false;
    for (size_t at = line.length; at < entry.length; at += line.length) {
        line = (Slice){entry.data + at, line_length((Slice){entry.data + at, entry.length - at})};
        if (is_read_over(line) && !buffer_append(out, line))
            return false;
    }
    return true;
}

/* How much of the lines is before the comments and empty lines at their end. */
static size_t measure_body(Slice lines)
{
    size_t body = 0;
    for (size_t at = 0, length; at < lines.length; at += length) {
        Slice line = {lines.data + at, line_length((Slice){lines.data + at, lines.length - at})};
        length = line.length;
        body = is_read_over(line) ? body : at + length;
    }
    return body;
}

/* Ends the last line if it has no end yet. */
static bool end_line(Buffer *out, const char *newline)
{
    return out->length == 0 || out->data[out->length - 1] == '\n' || buffer_append_text(out, newline);
}

static bool append_key(Buffer *out, const ConfigEdit *edit, const char *newline)
{
    return end_line(out, newline) && buffer_append_format(out, "%s = ", edit->name) && append_value(out, edit->value) &&
           buffer_append_text(out, newline);
}

static bool append_section(Buffer *out, Slice text, const ConfigEdit *edit, const char *newline)
{
    return buffer_append(out, text) && end_line(out, newline) &&
           (text.length == 0 || buffer_append_text(out, newline)) &&
           buffer_append_format(out, "[%s]%s", edit->section, newline) && append_key(out, edit, newline);
}

static bool append_edited(Slice text, const ConfigEdit *edit, const Place *place, Buffer *out)
{
    if (place->has_value)
        return buffer_append(out, text);
    if (!place->last.data)
        return append_section(out, text, edit, place->newline);
    Slice old = place->entry;
    if (!old.data)
        old = (Slice){place->last.data + measure_body(place->last), 0};
    size_t before = (size_t)(old.data - text.data);
    return buffer_append(out, (Slice){text.data, before}) &&
           (place->entry.data ? append_entry(out, old, edit->value) : append_key(out, edit, place->newline)) &&
           buffer_append(out, (Slice){old.data + old.length, text.length - before - old.length});
}

bool config_edit_text(Slice text, const ConfigEdit *edit, Buffer *out)
{
    Place place = find_place(text, edit);
    size_t start = out->length;
    if (place.has_mistake || !append_edited(text, edit, &place, out))
        return false;
    place = find_place((Slice){out->data + start, out->length - start}, edit);
    return !place.has_mistake && place.has_value;
}

static bool fail(const char *path, Error *error)
{
    return error_set(error, ERROR_FATAL, "%s cannot be written: %s", path, strerror(errno));
}

static bool write_all(int file, Slice text)
{
    for (size_t done = 0; done < text.length;) {
        ssize_t length = write(file, text.data + done, text.length - done);
        if (length < 0 && errno != EINTR)
            return false;
        done += length > 0 ? (size_t)length : 0;
    }
    return true;
}

/* Writes a new file beside the old one and renames it: nobody ever reads half of it. status is that of the old file;
 * NULL: there is none. */
static bool replace_file(const char *path, const struct stat *status, Slice text, Error *error)
{
    AUTO_FREE char *beside = memory_format("%s.XXXXXX", path);
    int file = mkostemp(beside, O_CLOEXEC);
    if (file < 0)
        return fail(path, error);
    bool is_written = write_all(file, text);
    if (is_written && status) {
        /* The owner stays if we may give the file away. fchown drops setuid bits, so the mode is set after it. */
        (void)!fchown(file, status->st_uid, status->st_gid);
        is_written = fchmod(file, status->st_mode & 07777) == 0;
    }
    is_written = is_written && fsync(file) == 0;
    is_written = close(file) == 0 && is_written;
    if (is_written && rename(beside, path) == 0)
        return true;
    fail(path, error);
    unlink(beside);
    return false;
}

bool config_edit_file(const char *path, const ConfigEdit *edits, size_t count, bool *out_has_changed, Error *error)
{
    /* The file that a symbolic link leads to is replaced, so that the link stays one. */
    AUTO_FREE char *real = realpath(path, NULL);
    struct stat status = {0};
    bool is_there = real && stat(real, &status) == 0;
    if (!is_there && errno != ENOENT)
        return fail(path, error);
    AUTO_BUFFER text;
    AUTO_BUFFER edited;
    buffer_init(&text, FILE_BYTES_MAX);
    buffer_init(&edited, FILE_BYTES_MAX);
    if (is_there && !file_read(real, "configuration", &text, error))
        return false;
    AUTO_FREE char *before = memory_copy_slice(buffer_slice(&text));
    size_t before_length = text.length;
    for (size_t i = 0; i < count; i++) {
        buffer_clear(&edited);
        if (!config_edit_text(buffer_slice(&text), &edits[i], &edited))
            return error_set(error, ERROR_FATAL, "[%s] %s cannot be put into %s: do it by hand", edits[i].section,
                             edits[i].name, path);
        Buffer swapped = text;
        text = edited;
        edited = swapped;
    }
    *out_has_changed = !slice_equals(buffer_slice(&text), (Slice){before, before_length});
    return !*out_has_changed ||
           replace_file(is_there ? real : path, is_there ? &status : NULL, buffer_slice(&text), error);
}
