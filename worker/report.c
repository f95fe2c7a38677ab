/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/report.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/log.h"

static TaskMessage make_task_message(const Fleet *fleet, const Task *task)
{
    TaskMessage message = {.run = task->run, .task = task->ordinal};
    static_assert(sizeof message.ledger == sizeof fleet->ledger, "a ledger's id has one size");
    memcpy(message.ledger, fleet->ledger, sizeof message.ledger);
    return message;
}

static void send_text(Fleet *fleet, const char *topic, const Buffer *text)
{
    Error error;
    if (!producer_send(fleet->producer, topic, -1, buffer_slice(text), &error))
        log_event(LOG_WARNING, "message.lost", LOG_TEXT("topic", topic), LOG_TEXT("reason", error.message));
}

void report_send(Fleet *fleet, const char *worker, const Task *task, const char *outcome)
{
    ReportMessage message = {.task = make_task_message(fleet, task)};
    snprintf(message.outcome, sizeof message.outcome, "%s", outcome);
    snprintf(message.worker, sizeof message.worker, "%s", worker);
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_MESSAGE_BYTES);
    message_write_report(&message, &text);
    send_text(fleet, fleet->config->topic_reports, &text);
}

void report_send_dead_letter(Fleet *fleet, const Task *task, const LoadFailure *failure)
{
    const TaskVersion *version = &task->versions[failure->version];
    DeadLetterMessage message = {.task = make_task_message(fleet, task),
                                 .dataset = task->dataset,
                                 .partition = task->partition,
                                 .bucket = version->bucket,
                                 .key = version->key,
                                 .etag = version->etag,
                                 .reason = failure->error.message,
                                 .line = failure->line,
                                 .column = *failure->column ? failure->column : NULL};
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_DEAD_LETTER_BYTES);
    message_write_dead_letter(&message, &text);
    send_text(fleet, fleet->config->topic_dead_letter, &text);
}
