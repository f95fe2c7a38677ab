/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a task, a report, and line by line as the texts of a dead letter. A message that is read is written, and
 * read as what it was; a dead letter is JSON that says what it was given. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "task/message.h"

static bool is_same_task(const TaskMessage *a, const TaskMessage *b)
{
    return a->run == b->run && a->task == b->task && strcmp(a->ledger, b->ledger) == 0;
}

static bool check_task(Slice text)
{
    TaskMessage message = {.run = -7}, again;
    Error error = {0};
    if (!message_read_task(text, &message, &error)) {
        assert(error.kind == ERROR_REJECT && message.run == -7);
        fuzz_check_error(&error);
        return false;
    }
    assert(message.run > 0 && message.task > 0 && strlen(message.ledger) < sizeof message.ledger);
    AUTO_BUFFER written;
    buffer_init(&written, LIMIT_MESSAGE_BYTES);
    message_write_task(&message, &written);
    bool is_read = message_read_task(buffer_slice(&written), &again, &error);
    assert(is_read && is_same_task(&message, &again));
    return true;
}

static bool check_report(Slice text)
{
    ReportMessage message = {.task.run = -7}, again;
    Error error = {0};
    if (!message_read_report(text, &message, &error)) {
        assert(error.kind == ERROR_REJECT && message.task.run == -7);
        fuzz_check_error(&error);
        return false;
    }
    assert(strlen(message.outcome) < sizeof message.outcome && strlen(message.worker) < sizeof message.worker);
    AUTO_BUFFER written;
    buffer_init(&written, LIMIT_MESSAGE_BYTES);
    message_write_report(&message, &written);
    bool is_read = message_read_report(buffer_slice(&written), &again, &error);
    assert(is_read && is_same_task(&message.task, &again.task));
    assert(strcmp(message.outcome, again.outcome) == 0 && strcmp(message.worker, again.worker) == 0);
    return true;
}

static void check_member(const json_t *object, const char *name, const char *text)
{
    const char *found = json_string_value(json_object_get(object, name));
    assert(found && strcmp(found, utf8_is_valid(text) ? text : "(not UTF-8)") == 0);
}

static void check_dead_letter(Slice rest)
{
    static const size_t sizes[] = {LIMIT_IDENTIFIER_BYTES, LIMIT_KEY_BYTES,  255,
                                   LIMIT_KEY_BYTES,        LIMIT_ETAG_BYTES, sizeof((Error *)0)->message - 1};
    char *texts[6];
    for (size_t i = 0; i < 6; i++) {
        Slice line = fuzz_take_line(&rest);
        texts[i] = memory_copy_slice((Slice){line.data, line.length < sizes[i] ? line.length : sizes[i]});
    }
    DeadLetterMessage message = {
        .task = {.ledger = "5b0c6c1e-0000-4000-8000-00000000000a", .run = 1, .task = INT32_MAX},
        .dataset = texts[0],
        .partition = texts[1],
        .bucket = texts[2],
        .key = texts[3],
        .etag = texts[4],
        .reason = texts[5],
        .line = 1,
    };
    AUTO_BUFFER written;
    buffer_init(&written, LIMIT_DEAD_LETTER_BYTES);
    message_write_dead_letter(&message, &written);
    json_t *object = json_loadb(written.data, written.length, 0, NULL);
    check_member(object, "dataset", texts[0]);
    check_member(object, "partition", texts[1]);
    check_member(object, "bucket", texts[2]);
    check_member(object, "key", texts[3]);
    check_member(object, "etag", texts[4]);
    check_member(object, "reason", texts[5]);
    assert(json_is_null(json_object_get(object, "column")));
    json_decref(object);
    for (size_t i = 0; i < 6; i++)
        free(texts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = {(const char *)data, size};
    bool is_task = check_task(text);
    bool is_report = check_report(text);
    assert(!is_task || !is_report);
    check_dead_letter(text);
    return 0;
}
