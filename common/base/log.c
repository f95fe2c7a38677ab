/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/log_writer.h"
#include "base/utf8.h"

/* PIPE_BUF: a write that is no longer goes into a pipe as a whole. */
#define LINE_LENGTH_MAX 4096

/* Room for what ends the longest line: ,"cut":true} and the newline. */
#define TAIL_LENGTH_MAX 16

/* A text keeps so much of its length even if the texts before it are too long. */
#define TEXT_LENGTH_KEPT 400

/* Key, quotes, separators, a number. */
#define FIELD_OVERHEAD 28

#define CONTEXT_FIELDS_MAX 6
#define CONTEXT_TEXT_SIZE 256

typedef struct Line {
    Buffer text;
    LogFormat format;
    bool is_cut;
} Line;

/* A character as it stands between quotes: the strings of logfmt are JSON's. */
typedef struct Character {
    size_t length; /* in the text */
    char escaped[8];
} Character;

typedef struct Context {
    LogField fields[CONTEXT_FIELDS_MAX + 1];
    char texts[CONTEXT_FIELDS_MAX][CONTEXT_TEXT_SIZE];
} Context;

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
static const char *const format_names[] = {[LOG_FORMAT_LOGFMT] = "logfmt", [LOG_FORMAT_JSON] = "json"};
static atomic_int level_min = LOG_INFO;
static atomic_int format_chosen = LOG_FORMAT_LOGFMT;
static LogNoticeFunction *notice;
static void *notice_context;
static _Thread_local Context context;

static bool find_name(const char *const *names, size_t count, const char *name, size_t *out_index)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *out_index = i;
        return true;
    }
    return false;
}

bool log_find_level(const char *name, LogLevel *out_level)
{
    size_t index;
    if (!find_name(level_names, sizeof level_names / sizeof *level_names, name, &index))
        return false;
    *out_level = (LogLevel)index;
    return true;
}

bool log_find_format(const char *name, LogFormat *out_format)
{
    size_t index;
    if (!find_name(format_names, sizeof format_names / sizeof *format_names, name, &index))
        return false;
    *out_format = (LogFormat)index;
    return true;
}

void log_set_level(LogLevel level)
{
    atomic_store(&level_min, (int)level);
}

void log_set_format(LogFormat format)
{
    atomic_store(&format_chosen, (int)format);
}

void log_set_notice(LogNoticeFunction *function, void *function_context)
{
    notice = function;
    notice_context = function_context;
}

void log_copy_context(const LogField *fields)
{
    size_t count = 0;
    for (; fields[count].key; count++) {
        assert(count < CONTEXT_FIELDS_MAX);
        LogField *field = &context.fields[count];
        *field = fields[count];
        if (!field->text)
            continue;
        snprintf(context.texts[count], CONTEXT_TEXT_SIZE, "%s", field->text);
        field->text = context.texts[count];
    }
    context.fields[count] = (LogField){0};
}

static bool append_time(Line *line)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return buffer_append_format(&line->text,
                                line->format == LOG_FORMAT_JSON ? "{\"time\":\"%s.%03ldZ\"" : "time=%s.%03ldZ", text,
                                now.tv_nsec / 1000000);
}

static void escape_control(uint32_t code, char escaped[8])
{
    if (code == '\n' || code == '\t' || code == '\r')
        snprintf(escaped, 8, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
    else
        snprintf(escaped, 8, "\\u%04x", code <= 0xFFFF ? code : 0xFFFD);
}

/* A byte that is part of no character stands as U+FFFD. */
static Character escape(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    Character character = {.length = utf8_character_length(bytes, size)};
    if (character.length == 0)
        return (Character){1, "\xEF\xBF\xBD"};
    uint32_t code = utf8_code_point(bytes, character.length);
    if (code == '"' || code == '\\')
        snprintf(character.escaped, sizeof character.escaped, "\\%c", (char)code);
    else if (utf8_is_control(code))
        escape_control(code, character.escaped);
    else
        memcpy(character.escaped, text, character.length);
    return character;
}

static bool is_plain(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        Character character = escape(text + i, size - i);
        bool is_itself =
            strlen(character.escaped) == character.length && memcmp(character.escaped, text + i, character.length) == 0;
        if (!is_itself || text[i] == ' ' || text[i] == '=')
            return false;
        i += character.length;
    }
    return size > 0;
}

/* Whole characters, until the line has limit bytes. */
static bool append_characters(Line *line, const char *text, size_t limit)
{
    for (size_t size = strlen(text); size > 0;) {
        Character character = escape(text, size);
        if (line->text.length + strlen(character.escaped) > limit) {
            line->is_cut = true;
            return true;
        }
        if (!buffer_append_text(&line->text, character.escaped))
            return false;
        text += character.length;
        size -= character.length;
    }
    return true;
}

/* Quotes what is not plain, so that a key of an object cannot forge a field or a line. */
static bool append_text(Line *line, const char *text, size_t limit)
{
    if (line->format == LOG_FORMAT_LOGFMT && is_plain(text))
        return append_characters(line, text, limit);
    return buffer_append_text(&line->text, "\"") && append_characters(line, text, limit) &&
           buffer_append_text(&line->text, "\"");
}

static bool append_value(Line *line, const LogField *field, size_t limit)
{
    if (!buffer_append_format(&line->text, line->format == LOG_FORMAT_JSON ? ",\"%s\":" : " %s=", field->key))
        return false;
    return field->text ? append_text(line, field->text, limit)
                       : buffer_append_format(&line->text, "%" PRId64, field->number);
}

/* The bytes that the fields are to have at least. */
static size_t room_of(const LogField *fields)
{
    size_t room = 0;
    for (const LogField *field = fields; field->key; field++) {
        size_t length = field->text ? strlen(field->text) : 0;
        room += strlen(field->key) + FIELD_OVERHEAD + (length < TEXT_LENGTH_KEPT ? length : TEXT_LENGTH_KEPT);
    }
    return room;
}

/* A text may grow until only room bytes are left for the fields after it. A field of which nothing fits is left out. */
static void append_field(Line *line, const LogField *field, size_t room)
{
    size_t kept = room + 1; /* a quote */
    size_t limit = line->text.maximum > kept ? line->text.maximum - kept : 0;
    size_t begin = line->text.length;
    if (!*field->key || append_value(line, field, limit))
        return;
    line->text.length = begin;
    line->is_cut = true;
}

static bool has_key(const LogField *fields, const char *key)
{
    for (const LogField *field = fields; field->key; field++)
        if (strcmp(field->key, key) == 0)
            return true;
    return false;
}

/* The thread's context without the keys that the event has itself: a key stands once in an object of JSON. */
static void append_context(Line *line, const LogField *fields)
{
    for (const LogField *field = context.fields; field->key; field++)
        if (!has_key(fields, field->key))
            append_field(line, field, room_of(field + 1) + room_of(fields));
}

static bool append_head(Line *line, LogLevel level, const char *event)
{
    return append_time(line) &&
           buffer_append_format(&line->text,
                                line->format == LOG_FORMAT_JSON ? ",\"level\":\"%s\",\"event\":\"%s\""
                                                                : " level=%s event=%s",
                                level_names[level], event);
}

static bool append_tail(Line *line)
{
    bool is_json = line->format == LOG_FORMAT_JSON;
    if (line->is_cut && !buffer_append_text(&line->text, is_json ? ",\"cut\":true" : " cut=true"))
        return false;
    return buffer_append_text(&line->text, is_json ? "}\n" : "\n");
}

static void say_dropped(int64_t lines)
{
    log_event(LOG_WARNING, "log.dropped", LOG_NUMBER("lines", lines));
}

void log_write(LogLevel level, const char *event, const LogField *fields)
{
    if ((int)level < atomic_load(&level_min))
        return;
    Line line = {.format = (LogFormat)atomic_load(&format_chosen)};
    buffer_init(&line.text, LINE_LENGTH_MAX - TAIL_LENGTH_MAX);
    bool has_head = append_head(&line, level, event);
    append_context(&line, fields);
    for (const LogField *field = fields; field->key; field++)
        append_field(&line, field, room_of(field + 1));
    line.text.maximum = LINE_LENGTH_MAX;
    if (notice)
        notice(notice_context);
    if (has_head && append_tail(&line))
        log_writer_put(line.text.data, line.text.length, say_dropped);
    buffer_done(&line.text);
}
