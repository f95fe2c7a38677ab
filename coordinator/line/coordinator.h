/* SPDX-License-Identifier: Apache-2.0
 *
 * A coordinator at work: its sessions, and the steps of the line that need them. Each step is a function that may be
 * called again and again, by any number of coordinators at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"
#include "kafka/producer.h"
#include "kafka/tail.h"
#include "ledger/dispatch.h"
#include "ledger/ledger.h"
#include "ledger/transform.h"
#include "line/events.h"
#include "s3/s3.h"

typedef struct Coordinator {
    const Config *config;
    Connection *connection;
    S3 *s3;
    Producer *producer;
    Tail *tail;    /* of the reports and, where there is a topic of them, the bucket's events */
    Events events; /* heard and not yet looked into */
    char ledger[LEDGER_ID_SIZE];
    int32_t task_partitions;
    int32_t next_partition; /* of the tasks topic: messages go round */
    int64_t sweep_at_ms;
    bool has_said_unreachable;
    Standing standing; /* as the last dispatch saw it */
} Coordinator;

#define AUTO_COORDINATOR AUTO(Coordinator, coordinator_close)

/* Opens all sessions; config must outlive the coordinator. Makes the topics where they are absent. */
bool coordinator_open(const Config *config, Coordinator *out_coordinator, Error *error) MUST_USE;
void coordinator_close(Coordinator *coordinator);

/* Opens the session with the warehouse anew where it was lost. */
bool coordinator_reconnect(Coordinator *coordinator, Error *error) MUST_USE;

/* Every quarter of stall_s, whoever asks: closes what dead workers left, and ends the sessions of stopped ones. */
bool coordinator_sweep(Coordinator *coordinator, Error *error) MUST_USE;

/* Publishes the tasks whose time has come, and looks how the runs stand. */
bool coordinator_dispatch(Coordinator *coordinator, Error *error) MUST_USE;

/* Brings the complete runs into the star schema, if there were any at that look. */
bool coordinator_transform(Coordinator *coordinator, TransformSummary *out_transform, Error *error) MUST_USE;

/* dispatch → transform, once. */
bool coordinator_round(Coordinator *coordinator, TransformSummary *out_transform, Error *error) MUST_USE;

/* collect: waits until a worker reports on our ledger, an event names an object of ours, or the time is up. What the
 * report says is not looked at: the ledger knows. */
bool coordinator_wait(Coordinator *coordinator, int timeout_ms, Error *error) MUST_USE;
