/* SPDX-License-Identifier: Apache-2.0 */
#include "line/coordinator.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "kafka/topics.h"
#include "task/event.h"
#include "task/message.h"
#include "task/task.h"
#include "warehouse/warehouse.h"

/* Tasks published in one go; more wait for the next round, so that the workers begin before all is sent. */
#define DISPATCH_BATCH 1000
#define FLUSH_MS 10000

bool coordinator_open_session(const WarehouseConfig *warehouse, char ledger[LEDGER_ID_SIZE], Connection **session,
                              Error *error)
{
    AUTO_CONNECTION opened = NULL;
    if (connection_is_open(*session))
        return true;
    connection_close(take(*session));
    if (!connection_open(warehouse, "copyfleet", &opened, error) ||
        !(*ledger ? ledger_bind(opened, ledger, error) : ledger_read_id(opened, ledger, error)))
        return false;
    *session = take(opened);
    return true;
}

bool coordinator_reconnect(Coordinator *coordinator, Error *error)
{
    return coordinator_open_session(&coordinator->config->warehouse, coordinator->ledger, &coordinator->connection,
                                    error);
}

bool coordinator_open(const Config *config, const char *ledger, Coordinator *out_coordinator, Error *error)
{
    AUTO_COORDINATOR coordinator = {.config = config};
    snprintf(coordinator.ledger, sizeof coordinator.ledger, "%s", ledger);
    if (!coordinator_reconnect(&coordinator, error) || !s3_open(&config->aws, &coordinator.s3, error))
        return false;
    *out_coordinator = coordinator;
    coordinator = (Coordinator){0};
    return true;
}

static bool open_tail(const KafkaConfig *kafka, Tail **out_tail, Error *error)
{
    const char *const topics[] = {kafka->topic_reports, kafka->topic_s3_events};
    return tail_open(kafka, topics, *topics[1] ? 2 : 1, out_tail, error);
}

bool coordinator_connect(Coordinator *coordinator, Error *error)
{
    const KafkaConfig *kafka = &coordinator->config->kafka;
    AUTO_PRODUCER producer = NULL;
    AUTO_TAIL tail = NULL;
    if (!topics_ensure(kafka, &coordinator->task_partitions, error) ||
        !producer_open(kafka, kafka->topic_tasks, &producer, error) || !open_tail(kafka, &tail, error) ||
        !dispatch_hasten(coordinator->connection, error))
        return false;
    coordinator->producer = take(producer);
    coordinator->tail = take(tail);
    return true;
}

void coordinator_close(Coordinator *coordinator)
{
    tail_close(coordinator->tail);
    events_clear(&coordinator->events);
    producer_close(coordinator->producer);
    s3_close(coordinator->s3);
    connection_close(coordinator->connection);
    *coordinator = (Coordinator){0};
}

static bool publish_task(void *context, int64_t run, int32_t ordinal, Error *error)
{
    Coordinator *coordinator = context;
    TaskMessage message = {.run = run, .task = ordinal};
    static_assert(sizeof message.ledger == sizeof coordinator->ledger, "a ledger's id has one size");
    memcpy(message.ledger, coordinator->ledger, sizeof message.ledger);
    AUTO_BUFFER text;
    buffer_init(&text, LIMIT_MESSAGE_BYTES);
    message_write_task(&message, &text);
    int32_t partition = coordinator->next_partition;
    coordinator->next_partition = (partition + 1) % coordinator->task_partitions;
    if (!producer_send(coordinator->producer, coordinator->config->kafka.topic_tasks, partition, buffer_slice(&text),
                       error))
        return false;
    TaskId id = task_id_make(run, ordinal);
    log_event(LOG_DEBUG, "task.dispatched", LOG_TEXT("task", id.text), LOG_NUMBER("message_partition", partition));
    return true;
}

static bool publish(Coordinator *coordinator, Error *error)
{
    int64_t published = 0;
    if (!coordinator->producer)
        return true;
    return dispatch_due(coordinator->connection, &coordinator->config->fleet, DISPATCH_BATCH, publish_task, coordinator,
                        &published, error) &&
           (published == 0 || producer_flush(coordinator->producer, FLUSH_MS, error));
}

static void say_crash(const Crash *crash)
{
    TaskId id = task_id_make(crash->run, crash->task);
    log_event(LOG_WARNING, "attempt.crashed", LOG_TEXT("task", id.text), LOG_NUMBER("attempt", crash->attempt),
              LOG_TEXT("worker", crash->worker), LOG_TEXT("reason", "the worker is gone; its own log may say why"));
}

/* Says it once, before anything hangs, since a person can grant the right. */
static bool say_unreachable(Coordinator *coordinator, Error *error)
{
    static bool has_said;
    AUTO_FREE char *role = NULL, *remedy = NULL;
    if (has_said)
        return true;
    if (!dispatch_find_unreachable(coordinator->connection, &role, &remedy, error))
        return false;
    has_said = role != NULL;
    if (role)
        log_event(LOG_WARNING, "session.unreachable", LOG_TEXT("role", role),
                  LOG_TEXT("reason",
                           "our role may not see or end that role's sessions: if a process hangs, its tasks are taken "
                           "over, and its transactions and their locks stay until it ends"),
                  LOG_TEXT("remedy", remedy));
    return true;
}

bool coordinator_sweep(Coordinator *coordinator, Error *error)
{
    int64_t now_ms = clock_now_ms(), ended;
    if (now_ms < coordinator->sweep_at_ms)
        return true;
    coordinator->sweep_at_ms = now_ms + coordinator->config->fleet.stall.ms / 4;
    CrashFunction *each = coordinator->shows_attempts ? NULL : say_crash;
    if (!dispatch_sweep(coordinator->connection, coordinator->config->fleet.stall, each, &ended, error))
        return false;
    if (ended > 0)
        log_event(LOG_WARNING, "session.ended", LOG_NUMBER("sessions", ended),
                  LOG_TEXT("reason", "its process said nothing for STALL_S; what it held is free"));
    return say_unreachable(coordinator, error);
}

bool coordinator_dispatch(Coordinator *coordinator, Error *error)
{
    return ledger_confirm(coordinator->connection, error) && publish(coordinator, error) &&
           coordinator_sweep(coordinator, error) &&
           dispatch_look(coordinator->connection, &coordinator->standing, error);
}

void coordinator_tidy(Coordinator *coordinator)
{
    Error error;
    if (!coordinator->is_untidy)
        return;
    coordinator->is_untidy = false;
    if (!warehouse_tidy(coordinator->connection, coordinator->config, coordinator->s3, &error))
        log_event(LOG_WARNING, "tidy.failed", LOG_TEXT("reason", error.message));
}

bool coordinator_transform(Coordinator *coordinator, TransformSummary *out_transform, Error *error)
{
    *out_transform = (TransformSummary){0};
    if (coordinator->standing.runs_complete == 0)
        return true;
    if (!transform_run(coordinator->connection, &coordinator->config->warehouse, out_transform, error))
        return error_add_context(error, "transform");
    coordinator->is_untidy = coordinator->is_untidy || out_transform->runs > 0;
    return true;
}

static bool is_our_report(const Coordinator *coordinator, const Buffer *payload)
{
    ReportMessage report;
    Error ignored;
    if (!message_read_report(buffer_slice(payload), &report, &ignored) ||
        strcmp(report.task.ledger, coordinator->ledger) != 0)
        return false;
    TaskId id = task_id_make(report.task.run, report.task.task);
    log_event(LOG_DEBUG, "report.heard", LOG_TEXT("task", id.text), LOG_TEXT("outcome", report.outcome),
              LOG_TEXT("worker", report.worker));
    return true;
}

/* Whether the message is a reason to end the wait. */
static bool hear(Coordinator *coordinator, size_t topic, const Buffer *payload)
{
    if (topic == 0)
        return is_our_report(coordinator, payload);
    Error error;
    bool has_object = false;
    if (!events_add(&coordinator->events, coordinator->config, buffer_slice(payload), &has_object, &error))
        log_event(LOG_WARNING, "event.skipped", LOG_TEXT("reason", error.message));
    return has_object;
}

bool coordinator_wait(Coordinator *coordinator, int timeout_ms, Error *error)
{
    if (!coordinator->tail) {
        (void)!stop_wait_ms(timeout_ms);
        return true;
    }
    AUTO_BUFFER payload;
    buffer_init(&payload, LIMIT_EVENT_BYTES + 1);
    bool has_message = true, has_reason = false;
    for (int64_t end_ms = clock_now_ms() + timeout_ms; clock_now_ms() < end_ms && (has_message || !has_reason);) {
        if (stop_is_requested())
            return true;
        /* Once there is a reason, only messages that are here already are taken. */
        int64_t left_ms = has_reason ? 0 : end_ms - clock_now_ms();
        int step_ms = left_ms > STOP_STEP_MS ? STOP_STEP_MS : left_ms > 0 ? (int)left_ms : 0;
        size_t topic;
        if (!tail_poll(coordinator->tail, step_ms, &payload, &topic, &has_message, error))
            return false;
        has_reason = (has_message && hear(coordinator, topic, &payload)) || has_reason;
    }
    return true;
}
