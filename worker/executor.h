/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread of the worker that takes tasks from the queue and brings each to its end: the straight line of
 * ARCHITECTURE.md is executor.c's run_task. Sessions with warehouse and S3 are the executor's own. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/error.h"
#include "db/ledger.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "worker/work_queue.h"

/* What all executors of a worker share. */
typedef struct Fleet {
    const Config *config;
    char ledger[LEDGER_ID_SIZE];
    char worker[MESSAGE_WORKER_SIZE - 16]; /* host and process, for people */
    WorkQueue queue;
    uint64_t assignment; /* of the last message; the poll thread's */
    Consumer *consumer;
    Producer *producer;
    atomic_bool interrupt; /* running tasks are to roll back now */
    atomic_int running;    /* executors that have not ended */
    atomic_bool is_fatal;  /* one met what a person has to mend */
} Fleet;

typedef struct Executor Executor;

/* Opens the sessions and checks the tables: before the worker joins the group, so that one that cannot work never
 * stalls it. */
bool executor_open(Fleet *fleet, int number, Executor **out_executor, Error *error) MUST_USE;
void executor_close(Executor *executor);

/* Starts the thread; it ends when the queue is closed. */
void executor_start(Executor *executor);
void executor_join(Executor *executor);
