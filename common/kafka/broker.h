/* SPDX-License-Identifier: Apache-2.0
 *
 * An embedded broker for one machine: librdkafka's mock cluster, which listens on loopback, serves other processes too,
 * and keeps everything in memory. Losing it is harmless, since the ledger remembers the work. A process has one at
 * most, which ends with the process: librdkafka needs up to two seconds to end a cluster. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/kafka.h"

/* Starts it on a free port and makes the topics. To be called once. */
bool broker_open(const KafkaConfig *config, Error *error) MUST_USE;

/* host:port, for bootstrap.servers. */
const char *broker_address(void);
