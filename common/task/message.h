/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages on Kafka: small, versioned JSON (ARCHITECTURE.md, "Messages"). They move the work and prove nothing:
 * what to load, and whether it is loaded, stands in the ledger. All input is hostile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

#define MESSAGE_LEDGER_SIZE 37
#define MESSAGE_WORKER_SIZE 128

/* Coordinator to workers, on copyfleet.tasks: this task waits. */
typedef struct TaskMessage {
    char ledger[MESSAGE_LEDGER_SIZE]; /* the ledger's id */
    int64_t run;
    int32_t task;
} TaskMessage;

/* Worker to coordinators, on copyfleet.reports: this task ended. */
typedef struct ReportMessage {
    TaskMessage task;
    char outcome[16]; /* "loaded", "failed", "skipped", "released", "refused" */
    char worker[MESSAGE_WORKER_SIZE];
} ReportMessage;

/* Worker to people, on copyfleet.dead-letter: this object was given up. Texts are borrowed. */
typedef struct DeadLetterMessage {
    TaskMessage task;
    const char *dataset;
    const char *partition;
    const char *bucket;
    const char *key;
    const char *etag;
    const char *reason;
    int64_t line;       /* 0: no row is to blame */
    const char *column; /* NULL: no column is to blame */
} DeadLetterMessage;

/* The functions that write append one JSON text without a newline; tasks and reports fit into
 * LIMIT_MESSAGE_BYTES, dead letters into LIMIT_DEAD_LETTER_BYTES. */
void message_write_task(const TaskMessage *message, Buffer *text);
void message_write_report(const ReportMessage *message, Buffer *text);
void message_write_dead_letter(const DeadLetterMessage *message, Buffer *text);

/* REJECT, with a sentence that says why, if the text is no such message. */
bool message_read_task(Slice text, TaskMessage *out_message, Error *error) MUST_USE;
bool message_read_report(Slice text, ReportMessage *out_message, Error *error) MUST_USE;
