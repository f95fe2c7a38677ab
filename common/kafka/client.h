/* SPDX-License-Identifier: Apache-2.0
 *
 * What producers, consumers and the admin share: a librdkafka configuration from ours, and its errors as kinds. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* A name and value of librdkafka's own configuration; a list ends with one whose name is NULL. */
typedef struct ClientOption {
    const char *name;
    const char *value;
} ClientOption;

/* A handle, and what librdkafka tells of its connections. Zeroed, and at one place in memory while it is open. */
typedef struct Client {
    rd_kafka_t *kafka;
    void *owner;            /* for the callbacks that the owner adds */
    atomic_bool is_refused; /* by authentication or TLS, as far as is known */
    atomic_bool has_lost;   /* all brokers, since it was asked last */
    char words[256];        /* librdkafka's last, of a connection: read by whoever alone polls the handle */

    /* Over a connection, since a broker answered a probe. librdkafka 2.0.2 does not say that all brokers are lost where
     * a coordinator that stops told so before its connection ended. */
    atomic_bool has_stumbled;
} Client;

/* The user's librdkafka.NAME options over ours over its defaults; callbacks get the client as their opaque. FATAL names
 * the option that librdkafka refuses. */
bool client_configure(const Config *config, const ClientOption *options, Client *client, rd_kafka_conf_t **out_conf,
                      Error *error) MUST_USE;

/* Makes the handle; it takes conf over, also where it fails. */
bool client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, Client *client, Error *error) MUST_USE;

/* Ends the handle, where there is one, within a bound: librdkafka 2.0.2 may hang in it, as after a topic was deleted.
 * Then it is left to the end of the process. */
void client_close(Client *client);

/* Turns a code into a kind and a sentence that begins with what was tried; returns false. */
bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error);

/* The same of a handle whose brokers say nothing: it names them. */
bool client_fail_unanswered(rd_kafka_t *kafka, rd_kafka_resp_err_t code, Error *error);

/* The same of an answer that did not come in time, with librdkafka's last words of a connection: a broker is known, and
 * where it says that it is nobody answers. Not for a handle whose messages come by rd_kafka_consumer_poll. */
bool client_fail_silent(Client *client, const char *what, Error *error);

/* Asks a broker for its metadata; not for a handle whose messages come by rd_kafka_consumer_poll. OUTAGE if none
 * answers within the time, or one says that it is where nobody can be, FATAL if they refuse us. */
bool client_probe(Client *client, int timeout_ms, Error *error) MUST_USE;
