/* SPDX-License-Identifier: Apache-2.0
 *
 * One line an event on stderr, logfmt or JSON: time, level, event, the thread's context, then the event's fields. Event
 * names are stable nouns and past verbs (task.loaded), each described in docs/events.md. A test compares that file with
 * the calls, so name and level stand in the call itself. The programs log, at the place that decides about a failure;
 * common/ returns errors instead, and logs only service.lost and service.back (base/outage.c) and the log's own
 * log.dropped. Nobody who logs waits for a reader that does not read (base/log_writer.h). No secret, signature, header
 * or row content is ever a field. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

typedef enum LogFormat { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON } LogFormat;

typedef struct LogField {
    const char *key;
    const char *text; /* NULL: the number counts */
    int64_t number;
} LogField;

#define LOG_TEXT(key, value) ((LogField){(key), (value), 0})
#define LOG_NUMBER(key, value) ((LogField){(key), NULL, (int64_t)(value)})

/* Fields that say something or are left out: a text that is not empty, a number above 0. */
#define LOG_TEXT_IF(key, value) (*(value) ? LOG_TEXT((key), (value)) : LOG_TEXT("", ""))
#define LOG_NUMBER_IF(key, value) ((value) > 0 ? LOG_NUMBER((key), (value)) : LOG_TEXT("", ""))

#define LOG_FIELDS(...) ((const LogField[]){__VA_ARGS__ __VA_OPT__(, ){0}})

#define log_event(level, event, ...) log_write((level), (event), LOG_FIELDS(__VA_ARGS__))

/* Sets the fields that stand in every event of the calling thread from now on, in place of those set before. They are
 * copied; there are six at most, of 255 bytes each. An event's own field of the same key takes the place of such a
 * field. */
#define log_set_context(...) log_copy_context(LOG_FIELDS(__VA_ARGS__))

/* debug, info, warning and error; logfmt and json. False for another name. */
bool log_find_level(const char *name, LogLevel *out_level);
bool log_find_format(const char *name, LogFormat *out_format);

/* Events below the level are dropped; it is LOG_INFO until it is set. */
void log_set_level(LogLevel level);

/* It is LOG_FORMAT_LOGFMT until it is set. */
void log_set_format(LogFormat format);

/* Called before each line is written: for a program of one thread that shows something else on stderr too. */
typedef void LogNoticeFunction(void *context);
void log_set_notice(LogNoticeFunction *function, void *function_context);

/* fields ends with one whose key is NULL. A line has 4096 bytes at most: a text that is too long is cut, and the field
 * cut=true says so. */
void log_write(LogLevel level, const char *event, const LogField *fields);
void log_copy_context(const LogField *fields);
