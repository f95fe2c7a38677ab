/* SPDX-License-Identifier: Apache-2.0
 *
 * What producers, consumers and the admin share: a librdkafka configuration from ours, and its errors as kinds. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "base/config.h"
#include "base/error.h"

/* A name and value of librdkafka's own configuration; a list ends with one whose name is NULL. */
typedef struct ClientOption {
    const char *name;
    const char *value;
} ClientOption;

/* The user's librdkafka.NAME options over ours over its defaults. FATAL names the option that librdkafka refuses. */
bool client_configure(const Config *config, const ClientOption *options, rd_kafka_conf_t **out_conf,
                      Error *error) MUST_USE;

/* Makes the handle; it takes conf over, also where it fails. */
bool client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out_kafka, Error *error) MUST_USE;

/* Turns a code into a kind and a sentence that begins with what was tried; returns false. */
bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error);

/* Asks a broker for its metadata. OUTAGE where none answers within the time. */
bool client_probe(rd_kafka_t *kafka, int timeout_ms, Error *error) MUST_USE;
