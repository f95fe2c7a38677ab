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
    Tail *tail;    /* of the reports, and of the bucket's events if they have a topic */
    Events events; /* that were heard, and that no pass has looked at yet */
    char ledger[LEDGER_ID_SIZE];
    int32_t task_partitions;
    int32_t next_partition; /* of the tasks topic: messages go round */
    int64_t sweep_at_ms;
    bool shows_attempts; /* the command shows people how each attempt ended, so crashes are not logged as well */
    bool is_untidy;      /* a run is done, and what it left on S3 is still there */
    Standing standing;   /* as the last dispatch saw it */
} Coordinator;

#define AUTO_COORDINATOR AUTO(Coordinator, coordinator_close)

/* Replaces *session if it is lost or NULL. The new one writes the ledger that the program began with, and no other: if
 * ledger is "", the program begins with the one that is there, whose id is then in ledger. */
bool coordinator_open_session(const WarehouseConfig *warehouse, char ledger[LEDGER_ID_SIZE], Connection **session,
                              Error *error) MUST_USE;

/* Opens the sessions with the warehouse and S3. ledger is the one that the program began with; "": it begins now.
 * config must outlive the coordinator. */
bool coordinator_open(const Config *config, const char *ledger, Coordinator *out_coordinator, Error *error) MUST_USE;
void coordinator_close(Coordinator *coordinator);

/* Opens what sends tasks and hears reports, once: makes the topics that are absent. What was published before is due
 * again. Until then dispatch publishes nothing, and wait only waits. */
bool coordinator_connect(Coordinator *coordinator, Error *error) MUST_USE;

/* Opens the session with the warehouse again if it was lost. */
bool coordinator_reconnect(Coordinator *coordinator, Error *error) MUST_USE;

/* Closes what dead workers left, and ends the sessions of stopped ones. Does so every quarter of STALL_S, however often
 * it is called. */
bool coordinator_sweep(Coordinator *coordinator, Error *error) MUST_USE;

/* Publishes the tasks whose time has come, and looks how the runs stand. */
bool coordinator_dispatch(Coordinator *coordinator, Error *error) MUST_USE;

/* Brings the complete runs into the star schema, if the last dispatch saw any. */
bool coordinator_transform(Coordinator *coordinator, TransformSummary *out_transform, Error *error) MUST_USE;

/* Removes from S3 what runs have left that a transform brought in since the last call. If that fails, it stays until
 * the next run is done. S3 must not be at work for anything else: a step that a listing waits for does not tidy. */
void coordinator_tidy(Coordinator *coordinator);

/* collect: waits until a worker reports on our ledger, an event names an object of ours, or the time is up. Nobody
 * looks at what the report says, since the ledger knows. */
bool coordinator_wait(Coordinator *coordinator, int timeout_ms, Error *error) MUST_USE;
