/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses that the brokers advertise. A broker that is asked at its bootstrap address answers with the addresses
 * that clients are to use, and these may be of use to other machines only. Included by client.c. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "kafka/client.h"

#define LISTENER_ADVICE "let the brokers' advertised.listeners name a host that this machine reaches"

/* OUTAGE, naming the address, if an advertised address does not resolve here, or if no broker answers at any of them
 * within timeout_ms. */
bool listeners_check(Client *client, const rd_kafka_metadata_t *metadata, int timeout_ms, Error *error) MUST_USE;
