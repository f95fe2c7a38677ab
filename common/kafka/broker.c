/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/broker.h"

#include <assert.h>
#include <librdkafka/rdkafka.h>

/* After rdkafka.h, whose types it uses. */
#include <librdkafka/rdkafka_mock.h>

#include "base/stop.h"
#include "kafka/client.h"

/* The cluster's thread clears its wake-ups after it has served a request. If the next request comes before that, its
 * wake-up is cleared too, and the thread sleeps for a second first. */
#define CLEARING_MS 5

static const ClientOption options[] = {{NULL, NULL}};

static Client client; /* the cluster lives in its handle */
static rd_kafka_mock_cluster_t *cluster;

static bool make_topic(const char *name, int partitions, Error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(cluster, name, partitions, 1);
    (void)!stop_wait_ms(CLEARING_MS);
    return !code || client_fail(code, "the embedded broker's topics", NULL, error);
}

bool broker_open(const KafkaConfig *config, Error *error)
{
    assert(!cluster);
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &client, &conf, error) ||
        !client_open(RD_KAFKA_PRODUCER, conf, &client, error))
        return false;
    cluster = rd_kafka_mock_cluster_new(client.kafka, 1);
    if (!cluster)
        return error_set_service(error, ERROR_FATAL, SERVICE_KAFKA, "the embedded broker does not start");
    return make_topic(config->topic_tasks, (int)config->task_partitions, error) &&
           make_topic(config->topic_reports, 1, error) && make_topic(config->topic_dead_letter, 1, error);
}

const char *broker_address(void)
{
    return rd_kafka_mock_cluster_bootstraps(cluster);
}
