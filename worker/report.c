/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/report.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/pulse.h"

static TaskMessage make_task_message(const Fleet *fleet, const Task *task)
{
    TaskMessage message = {.run = task->run, .task = task->ordinal};
    static_assert(sizeof message.ledger == sizeof fleet->ledger, "a ledger's id has one size");
    memcpy(message.ledger, fleet->ledger, sizeof message.ledger);
    return message;
}

void report_send(Fleet *fleet, const char *worker, const Task *task, const char *outcome)
{
    ReportMessage message = {.task = make_task_message(fleet, task)};
    snprintf(message.outcome, sizeof message.outcome, "%s", outcome);
    snprintf(message.worker, sizeof message.worker, "%s", worker);
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_MESSAGE_BYTES);
    message_write_report(&message, &text);
    Error error;
    if (!producer_send(fleet->producer, fleet->config->kafka.topic_reports, -1, buffer_slice(&text), &error))
        log_event(LOG_WARNING, "report.lost", LOG_TEXT("reason", error.message));
}

bool report_send_dead_letter(Fleet *fleet, const Task *task, const LoadFailure *failure, const char *reason,
                             Error *error)
{
    assert(failure->version < task->version_count);
    const TaskVersion *version = &task->versions[failure->version];
    DeadLetterMessage message = {.task = make_task_message(fleet, task),
                                 .dataset = task->dataset,
                                 .partition = task->partition,
                                 .bucket = version->bucket,
                                 .key = version->key,
                                 .etag = version->etag,
                                 .reason = reason,
                                 .line = failure->line,
                                 .column = *failure->column ? failure->column : NULL};
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_DEAD_LETTER_BYTES);
    message_write_dead_letter(&message, &text);
    const char *topic = fleet->config->kafka.topic_dead_letter;
    pulse_allow_ms(LIMIT_DEAD_LETTER_MS);
    if (!producer_deliver(fleet->producer, topic, buffer_slice(&text), LIMIT_DEAD_LETTER_MS, error))
        return error_add_context(error, "sending a dead letter to the topic %s", topic);
    log_event(LOG_INFO, "dead_letter.sent", LOG_TEXT("topic", topic));
    return true;
}

bool report_probe(Fleet *fleet, Error *error)
{
    pulse_allow_ms(LIMIT_DEAD_LETTER_MS);
    return producer_probe(fleet->producer, LIMIT_DEAD_LETTER_MS, error);
}
