/* SPDX-License-Identifier: Apache-2.0
 *
 * An embedded broker for one machine: librdkafka's mock cluster, which listens on loopback, serves other processes too,
 * and keeps everything in memory. Losing it is harmless, since the ledger remembers the work. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/kafka.h"

typedef struct Broker Broker;

/* Starts it on a free port and makes the topics. */
bool broker_open(const KafkaConfig *config, Broker **out_broker, Error *error) MUST_USE;
void broker_close(Broker *broker);
static inline void broker_auto_close(Broker **broker)
{
    broker_close(*broker);
}
#define AUTO_BROKER AUTO(Broker *, broker_auto_close)

/* host:port, for bootstrap.servers; valid as long as the broker. */
const char *broker_address(const Broker *broker);
