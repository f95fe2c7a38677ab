/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/producer.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "kafka/client.h"

/* After two minutes the ledger's repetition is fresher than the message. */
static const ClientOption options[] = {
    {"enable.idempotence", "true"},
    {"message.timeout.ms", "120000"},
    {"linger.ms", "5"},
    {NULL, NULL},
};

struct Producer {
    rd_kafka_t *kafka;
    atomic_int refused; /* the last code of a message that was given up, until a flush reports it */
};

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    Producer *producer = opaque;
    if (message->err)
        atomic_store(&producer->refused, (int)message->err);
}

bool producer_open(const Config *config, Producer **out_producer, Error *error)
{
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &conf, error))
        return false;
    AUTO_PRODUCER producer = memory_alloc_zeroed(1, sizeof *producer);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, producer);
    if (!client_open(RD_KAFKA_PRODUCER, conf, &producer->kafka, error))
        return false;
    *out_producer = take(producer);
    return true;
}

void producer_close(Producer *producer)
{
    if (!producer)
        return;
    if (producer->kafka) {
        rd_kafka_purge(producer->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->kafka, 100);
        rd_kafka_destroy(producer->kafka);
    }
    free(producer);
}

bool producer_send(Producer *producer, const char *topic, int32_t partition, Slice payload, Error *error)
{
    int32_t target = partition < 0 ? RD_KAFKA_PARTITION_UA : partition;
    rd_kafka_resp_err_t code = rd_kafka_producev(producer->kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(target),
                                                 RD_KAFKA_V_VALUE((void *)payload.data, payload.length),
                                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code)
        return client_fail(code, "sending a message", NULL, error);
    rd_kafka_poll(producer->kafka, 0);
    return true;
}

bool producer_flush(Producer *producer, int timeout_ms, Error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(producer->kafka, timeout_ms);
    int refused = atomic_exchange(&producer->refused, 0);
    if (refused)
        return client_fail((rd_kafka_resp_err_t)refused, "a message was not taken", NULL, error);
    return !code || client_fail(code, "messages are not acknowledged", NULL, error);
}
