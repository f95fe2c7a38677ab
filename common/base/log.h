/* SPDX-License-Identifier: Apache-2.0
 *
 * One line an event on stderr, logfmt: time, level, event, then key=value. Event names are stable nouns and past verbs
 * (task.loaded). Only the programs log, where a failure is decided; common/ returns errors instead. No secret,
 * signature, header or row content is ever a field. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

typedef struct LogField {
    const char *key;
    const char *text; /* NULL: the number counts */
    int64_t number;
} LogField;

#define LOG_TEXT(key, value) ((LogField){(key), (value), 0})
#define LOG_NUMBER(key, value) ((LogField){(key), NULL, (int64_t)(value)})

#define log_event(level, event, ...) log_write((level), (event), (const LogField[]){__VA_ARGS__ __VA_OPT__(, ){0}})

/* Events below the level are dropped: debug, info (the default), warning, error; another name changes nothing. */
void log_set_level(const char *name);

/* Text that stands in every event of the calling thread from now on, as "run=1 task=2"; copied; "" for none. */
void log_set_context(const char *context);

/* fields ends with one whose key is NULL. */
void log_write(LogLevel level, const char *event, const LogField *fields);
