/* SPDX-License-Identifier: Apache-2.0 */
#include "task/message.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define VERSION 1

static void append(json_t *object, Buffer *text)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    if (!line || !buffer_append_text(text, line))
        error_abort("a message does not fit into memory");
    free(line);
    json_decref(object);
}

static json_t *make_task(const char *type, const TaskMessage *message)
{
    return json_pack("{s:i, s:s, s:s, s:I, s:i}", "version", VERSION, "type", type, "ledger", message->ledger, "run",
                     (json_int_t)message->run, "task", (int)message->task);
}

void message_write_task(const TaskMessage *message, Buffer *text)
{
    append(make_task("task", message), text);
}

void message_write_report(const ReportMessage *message, Buffer *text)
{
    json_t *object = make_task("report", &message->task);
    json_object_set_new(object, "outcome", json_string(message->outcome));
    json_object_set_new(object, "worker", json_string(message->worker));
    append(object, text);
}

/* json_string refuses what is not UTF-8: a message must be writable whatever the object's key and text are. */
static void set_text(json_t *object, const char *name, const char *value)
{
    json_t *string = value ? json_string(value) : json_null();
    json_object_set_new(object, name, string ? string : json_string("(not UTF-8)"));
}

void message_write_dead_letter(const DeadLetterMessage *message, Buffer *text)
{
    json_t *object = make_task("dead-letter", &message->task);
    set_text(object, "dataset", message->dataset);
    set_text(object, "partition", message->partition);
    set_text(object, "bucket", message->bucket);
    set_text(object, "key", message->key);
    set_text(object, "etag", message->etag);
    set_text(object, "reason", message->reason);
    json_object_set_new(object, "line", message->line > 0 ? json_integer(message->line) : json_null());
    set_text(object, "column", message->column);
    append(object, text);
}

static void free_json(json_t **object)
{
    json_decref(*object);
}

static bool copy_string(const json_t *object, const char *name, char *out_text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, name));
    if (!value || strlen(value) >= size)
        return false;
    memcpy(out_text, value, strlen(value) + 1);
    return true;
}

static bool read_number(const json_t *object, const char *name, int64_t max, int64_t *out_number)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > max)
        return false;
    *out_number = json_integer_value(value);
    return true;
}

static bool read_task(const json_t *object, const char *type, TaskMessage *message, Error *error)
{
    int64_t version, task;
    char actual_type[16];
    if (!read_number(object, "version", INT32_MAX, &version) ||
        !copy_string(object, "type", actual_type, sizeof actual_type))
        return error_set(error, ERROR_REJECT, "has no version and type");
    if (strcmp(actual_type, type) != 0)
        return error_set(error, ERROR_REJECT, "is no %s", type);
    if (version != VERSION)
        return error_set(error, ERROR_REJECT, "has version %" PRId64 ", this program knows %d", version, VERSION);
    if (!copy_string(object, "ledger", message->ledger, sizeof message->ledger) ||
        !read_number(object, "run", INT64_MAX, &message->run) || !read_number(object, "task", INT32_MAX, &task))
        return error_set(error, ERROR_REJECT, "lacks ledger, run or task");
    message->task = (int32_t)task;
    return true;
}

static bool parse(Slice text, json_t **out_object, Error *error)
{
    json_error_t reason;
    if (text.length > LIMIT_MESSAGE_BYTES)
        return error_set(error, ERROR_REJECT, "is longer than %zu bytes", LIMIT_MESSAGE_BYTES);
    *out_object = json_loadb(text.data, text.length, 0, &reason);
    return *out_object != NULL || error_set(error, ERROR_REJECT, "is no JSON");
}

bool message_read_task(Slice text, TaskMessage *out_message, Error *error)
{
    AUTO(json_t *, free_json) object = NULL;
    TaskMessage message;
    if (!parse(text, &object, error) || !read_task(object, "task", &message, error))
        return error_add_context(error, "the message");
    *out_message = message;
    return true;
}

bool message_read_report(Slice text, ReportMessage *out_message, Error *error)
{
    AUTO(json_t *, free_json) object = NULL;
    ReportMessage message;
    if (!parse(text, &object, error) || !read_task(object, "report", &message.task, error))
        return error_add_context(error, "the message");
    if (!copy_string(object, "outcome", message.outcome, sizeof message.outcome) ||
        !copy_string(object, "worker", message.worker, sizeof message.worker))
        return error_set(error, ERROR_REJECT, "the message lacks outcome or worker");
    *out_message = message;
    return true;
}
