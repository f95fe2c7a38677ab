/* SPDX-License-Identifier: Apache-2.0
 *
 * What producers, consumers and the admin share: a librdkafka configuration made from ours, and librdkafka's errors as
 * kinds. */
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/kafka.h"

/* A name and value of librdkafka's own configuration; a list ends with one whose name is NULL. */
typedef struct ClientOption {
    const char *name;
    const char *value;
} ClientOption;

#define CLIENT_WORDS_SIZE 256

/* A handle, and what librdkafka tells of its connections. Zeroed, and at one place in memory while it is open. */
typedef struct Client {
    rd_kafka_t *kafka;
    void *owner;                   /* for the callbacks that the owner adds */
    atomic_bool is_refused;        /* by authentication or TLS, as far as is known */
    atomic_bool has_lost;          /* all brokers, since this was last read */
    char words[CLIENT_WORDS_SIZE]; /* librdkafka's last sentence about a connection; any thread may write it */

    /* A connection was lost since a broker last answered a probe. librdkafka 2.0.2 does not report that all brokers are
     * lost if a coordinator announced its stop before its connection ended. */
    atomic_bool has_stumbled;
} Client;

/* What librdkafka said last about a connection; "" if it said nothing. */
void client_read_words(const Client *client, char out_words[CLIENT_WORDS_SIZE]);

/* The user's librdkafka.NAME options over ours over its defaults; callbacks get the client as their opaque. FATAL names
 * the option that librdkafka refuses. */
bool client_configure(const KafkaConfig *config, const ClientOption *options, Client *client,
                      rd_kafka_conf_t **out_conf, Error *error) MUST_USE;

/* Makes the handle. conf is the callee's from then on, also if that fails. */
bool client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, Client *client, Error *error) MUST_USE;

/* Ends the handle, if there is one, within a bound: librdkafka 2.0.2 may hang in that, as after a topic was deleted.
 * Then the handle is left to the end of the process. */
void client_close(Client *client);

/* Ends a handle that is there, and waits for nothing: its end would wait for a request that takes long. */
void client_abandon(Client *client);

/* Turns a code into a kind and a sentence that begins with what, which was tried. reason, if it is not NULL or "",
 * stands in place of librdkafka's text for the code. Returns false. */
bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error);

/* The same for a handle whose brokers do not answer; the sentence names them. */
bool client_fail_unanswered(rd_kafka_t *kafka, rd_kafka_resp_err_t code, Error *error);

/* The same for an answer that did not come in time, with librdkafka's last sentence about a connection: a broker is
 * known, but none answers at the address that it advertises. Not for a handle whose messages come by
 * rd_kafka_consumer_poll. */
bool client_fail_silent(Client *client, const char *what, Error *error);

/* Sets DENIED, for a handle that is_refused, with librdkafka's last sentence about a connection. Returns false. */
bool client_fail_refused(const Client *client, Error *error);

/* From its next connection on, the handle logs in with the password as it is now (config/secrets.h). */
void client_log_in_again(Client *client, const KafkaConfig *config);

/* Whether a question that a broker could not answer yet may be asked again; waits for a moment before. False once
 * until_ms has come by clock_now_ms(), or if a stop was requested. A broker does not tell its clients when it
 * has come to know the answer, so it is asked again and again. */
bool client_may_ask_again(int64_t until_ms);

/* Asks a broker for its metadata; not for a handle whose messages come by rd_kafka_consumer_poll. OUTAGE if none
 * answers within the time, DENIED if they refuse us. */
bool client_probe(Client *client, int timeout_ms, Error *error) MUST_USE;

/* The same. OUTAGE too if no broker answers at the address that it advertises; that question may take timeout_ms more.
 */
bool client_probe_listeners(Client *client, int timeout_ms, Error *error) MUST_USE;
