/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/broker.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

/* After rdkafka.h, whose types it uses. */
#include <librdkafka/rdkafka_mock.h>

#include "base/memory.h"
#include "kafka/client.h"

static const ClientOption options[] = {{NULL, NULL}};

struct Broker {
    Client client; /* the cluster lives in its handle */
    rd_kafka_mock_cluster_t *cluster;
};

static bool make_topics(Broker *broker, const KafkaConfig *config, Error *error)
{
    rd_kafka_resp_err_t code =
        rd_kafka_mock_topic_create(broker->cluster, config->topic_tasks, (int)config->task_partitions, 1);
    if (!code)
        code = rd_kafka_mock_topic_create(broker->cluster, config->topic_reports, 1, 1);
    if (!code)
        code = rd_kafka_mock_topic_create(broker->cluster, config->topic_dead_letter, 1, 1);
    return !code || client_fail(code, "the embedded broker's topics", NULL, error);
}

bool broker_open(const KafkaConfig *config, Broker **out_broker, Error *error)
{
    AUTO_BROKER broker = memory_alloc_zeroed(1, sizeof *broker);
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &broker->client, &conf, error) ||
        !client_open(RD_KAFKA_PRODUCER, conf, &broker->client, error))
        return false;
    broker->cluster = rd_kafka_mock_cluster_new(broker->client.kafka, 1);
    if (!broker->cluster)
        return error_set_service(error, ERROR_FATAL, SERVICE_KAFKA, "the embedded broker does not start");
    if (!make_topics(broker, config, error))
        return false;
    *out_broker = take(broker);
    return true;
}

void broker_close(Broker *broker)
{
    if (!broker)
        return;
    if (broker->cluster)
        rd_kafka_mock_cluster_destroy(broker->cluster);
    client_close(&broker->client);
    free(broker);
}

const char *broker_address(const Broker *broker)
{
    return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}
