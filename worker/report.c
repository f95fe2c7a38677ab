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
    if (!producer_send(fleet->producer, fleet->config->topic_reports, -1, buffer_slice(&text), &error))
        log_event(LOG_WARNING, "report.lost", LOG_TEXT("reason", error.message));
}

/* Who waits for it waits for each other executor's flush at most. */
static void lock_dead_letters(Fleet *fleet)
{
    pulse_allow_ms(fleet->config->executors * LIMIT_DEAD_LETTER_MS);
    pthread_mutex_lock(&fleet->dead_letter_lock);
    pulse_allow_ms(LIMIT_DEAD_LETTER_MS);
}

/* A flush tells of any message that was refused since the last one: under the lock, of this letter for sure. */
static bool deliver(Fleet *fleet, const Buffer *text, Error *error)
{
    lock_dead_letters(fleet);
    bool is_delivered =
        producer_send(fleet->producer, fleet->config->topic_dead_letter, -1, buffer_slice(text), error) &&
        producer_flush(fleet->producer, LIMIT_DEAD_LETTER_MS, error);
    pthread_mutex_unlock(&fleet->dead_letter_lock);
    return is_delivered ||
           error_add_context(error, "sending a dead letter to the topic %s", fleet->config->topic_dead_letter);
}

bool report_send_dead_letter(Fleet *fleet, const Task *task, const LoadFailure *failure, const char *reason,
                             Error *error)
{
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
    if (!deliver(fleet, &text, error))
        return false;
    log_event(LOG_INFO, "dead_letter.sent", LOG_TEXT("topic", fleet->config->topic_dead_letter));
    return true;
}

bool report_probe(Fleet *fleet, Error *error)
{
    lock_dead_letters(fleet);
    bool is_flushed = producer_flush(fleet->producer, LIMIT_DEAD_LETTER_MS, error);
    pthread_mutex_unlock(&fleet->dead_letter_lock);
    return is_flushed;
}
