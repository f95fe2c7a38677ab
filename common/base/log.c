/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

#define LINE_LENGTH_MAX 4096

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static atomic_int level_min = LOG_INFO;
static _Thread_local char context[256];

void log_set_level(const char *name)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (strcmp(name, level_names[i]) == 0)
            atomic_store(&level_min, (int)i);
}

void log_set_context(const char *text)
{
    snprintf(context, sizeof context, "%s", text);
}

static bool append_time(Buffer *line)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return buffer_append_format(line, "time=%s.%03ldZ", text, now.tv_nsec / 1000000);
}

static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7F)
            return false;
    return *text != '\0';
}

/* Quotes what is not plain, so that a key of an object cannot forge a field or a line. */
static bool append_text(Buffer *line, const char *text)
{
    if (is_plain(text))
        return buffer_append_text(line, text);
    if (!buffer_append_text(line, "\""))
        return false;
    for (const char *c = text; *c; c++) {
        bool fits = *c == '"' || *c == '\\'                                ? buffer_append_format(line, "\\%c", *c)
                    : *c == '\n'                                           ? buffer_append_text(line, "\\n")
                    : *c == '\t'                                           ? buffer_append_text(line, "\\t")
                    : (unsigned char)*c < ' ' || (unsigned char)*c == 0x7F ? buffer_append_format(line, "\\x%02x", *c)
                                                                           : buffer_append(line, (Slice){c, 1});
        if (!fits)
            return false;
    }
    return buffer_append_text(line, "\"");
}

static bool append_field(Buffer *line, const LogField *field)
{
    if (!buffer_append_format(line, " %s=", field->key))
        return false;
    if (field->text)
        return append_text(line, field->text);
    return buffer_append_format(line, "%" PRId64, field->number);
}

static bool append_event(Buffer *line, LogLevel level, const char *event, const LogField *fields)
{
    if (!append_time(line) || !buffer_append_format(line, " level=%s event=%s", level_names[level], event))
        return false;
    if (context[0] && !buffer_append_format(line, " %s", context))
        return false;
    for (const LogField *field = fields; field->key; field++)
        if (!append_field(line, field))
            return false;
    return true;
}

void log_write(LogLevel level, const char *event, const LogField *fields)
{
    if ((int)level < atomic_load(&level_min))
        return;
    AUTO_BUFFER line;
    buffer_init(&line, LINE_LENGTH_MAX);
    bool whole = append_event(&line, level, event, fields);
    line.maximum += sizeof " cut=true\n";
    if (!buffer_append_text(&line, whole ? "\n" : " cut=true\n"))
        return;
    /* One write, so that the lines of threads and processes that share a terminal stay whole. */
    ssize_t written = write(STDERR_FILENO, line.data, line.length);
    (void)written;
}
