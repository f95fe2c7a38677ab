/* SPDX-License-Identifier: Apache-2.0
 *
 * The take and acknowledge steps of the line: the worker as a member of the Kafka group. One thread polls, hands
 * messages to the queue, and does nothing else. If the worker has not been able to work for outage_leave_s it leaves
 * the group, so that others get its partitions. It joins again once its executors have got on. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "kafka/consumer.h"
#include "worker/work_queue.h"

/* Messages taken and not acknowledged: tiny ones, so many, since resuming a paused partition takes librdkafka a second.
 */
#define GROUP_WORK_MAX 1000

struct Fleet;

typedef struct Group {
    pthread_mutex_t lock; /* for consumer and membership: an acknowledgement must not meet a consumer that closes */
    Consumer *consumer;   /* NULL outside of the group */
    uint64_t membership;  /* its number, which grows; deliveries of an earlier one are void */
    uint64_t assignment;  /* of the last message; the poll thread's */
    int64_t probe_at_ms;  /* while Kafka is lost: no probe before this time; the poll thread's */
} Group;

void group_init(Group *group);
void group_done(Group *group);

bool group_join(struct Fleet *fleet, Error *error) MUST_USE;
void group_leave(struct Fleet *fleet);

/* Takes messages until the worker is to stop. */
void group_poll(struct Fleet *fleet);

/* Any thread's: the task of the message ended, or this worker need not do it. */
void group_acknowledge(struct Fleet *fleet, const Work *work);
