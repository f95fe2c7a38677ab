/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/coordinator.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "kafka/topics.h"
#include "task/message.h"

/* Tasks published in one go; more wait for the next round, so that the workers begin before all is sent. */
#define DISPATCH_BATCH 1000
#define FLUSH_MS 10000

bool coordinator_open(const Config *config, Coordinator *out_coordinator, Error *error)
{
    AUTO_COORDINATOR coordinator = {.config = config};
    if (!coordinator_reconnect(&coordinator, error) ||
        !ledger_read_id(coordinator.connection, coordinator.ledger, error) ||
        !s3_open(config, &coordinator.s3, error) || !topics_ensure(config, &coordinator.task_partitions, error) ||
        !producer_open(config, &coordinator.producer, error) ||
        !tail_open(config, config->topic_reports, &coordinator.reports, error))
        return false;
    coordinator.next_partition = (int32_t)(random() % coordinator.task_partitions);
    *out_coordinator = coordinator;
    coordinator = (Coordinator){0};
    return true;
}

void coordinator_close(Coordinator *coordinator)
{
    tail_close(coordinator->reports);
    producer_close(coordinator->producer);
    s3_close(coordinator->s3);
    connection_close(coordinator->connection);
    *coordinator = (Coordinator){0};
}

bool coordinator_reconnect(Coordinator *coordinator, Error *error)
{
    if (connection_is_open(coordinator->connection))
        return true;
    connection_close(coordinator->connection);
    coordinator->connection = NULL;
    return connection_open(coordinator->config, "copyfleet", &coordinator->connection, error);
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
    return producer_send(coordinator->producer, coordinator->config->topic_tasks, partition, buffer_slice(&text),
                         error);
}

bool coordinator_dispatch(Coordinator *coordinator, int64_t *out_published, Error *error)
{
    *out_published = 0;
    return dispatch_due(coordinator->connection, coordinator->config, DISPATCH_BATCH, publish_task, coordinator,
                        out_published, error) &&
           (*out_published == 0 || producer_flush(coordinator->producer, FLUSH_MS, error));
}

static bool is_our_report(const Coordinator *coordinator, const Buffer *payload)
{
    ReportMessage report;
    Error ignored;
    return message_read_report(buffer_slice(payload), &report, &ignored) &&
           strcmp(report.task.ledger, coordinator->ledger) == 0;
}

void coordinator_wait_for_report(Coordinator *coordinator, int timeout_ms)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, LIMIT_MESSAGE_BYTES + 1);
    bool has_message = true, has_report = false;
    for (int64_t end_ms = clock_now_ms() + timeout_ms; has_message;) {
        /* Those that came meanwhile hint at the same look into the ledger. */
        int64_t left_ms = has_report ? 0 : end_ms - clock_now_ms();
        tail_poll(coordinator->reports, left_ms > 0 ? (int)left_ms : 0, &payload, &has_message);
        has_report = has_report || (has_message && is_our_report(coordinator, &payload));
    }
}
