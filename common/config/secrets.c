/* SPDX-License-Identifier: Apache-2.0 */
#include "config/secrets.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

struct SecretStore {
    char *path; /* NULL: the file that config_load finds by itself */
    pthread_mutex_t lock;
    bool is_refused;
    AwsSecrets aws;
    char *warehouse_password;
    char *kafka_password;
};

static char *copy_text(const char *text)
{
    return memory_copy_text(text ? text : "");
}

void secrets_aws_done(AwsSecrets *secrets)
{
    memory_wipe_text(secrets->key);
    memory_wipe_text(secrets->secret);
    memory_wipe_text(secrets->session_token);
    *secrets = (AwsSecrets){0};
}

/* Borrowed; NULL if none is set. */
static const char *find_kafka_password(const KafkaConfig *kafka)
{
    for (size_t i = 0; i < kafka->option_count; i++)
        if (strcmp(kafka->options[i].name, "sasl.password") == 0)
            return kafka->options[i].value;
    return NULL;
}

/* A file that is being written may lack a secret. Then the old one stays, since credentials would be looked for
 * elsewhere without it.
 */
static void renew(char **secret, const char *found)
{
    if (!found || !*found)
        return;
    memory_wipe_text(*secret);
    *secret = memory_copy_text(found);
}

static void read_again(SecretStore *store)
{
    AUTO_CONFIG again = {0};
    AUTO_FREE char *mistakes = NULL;
    Error ignored;
    if (!config_load(store->path, &again, &mistakes, &ignored))
        return;
    renew(&store->aws.key, again.aws.key);
    renew(&store->aws.secret, again.aws.secret);
    renew(&store->aws.session_token, again.aws.session_token);
    renew(&store->warehouse_password, again.warehouse.password);
    renew(&store->kafka_password, find_kafka_password(&again.kafka));
}

/* With the lock held until unlock: the secrets as they are now. */
static void lock_latest(SecretStore *store)
{
    pthread_mutex_lock(&store->lock);
    if (store->is_refused)
        read_again(store);
    store->is_refused = false;
}

static void unlock(SecretStore *store)
{
    pthread_mutex_unlock(&store->lock);
}

static AwsSecrets copy_aws(const char *key, const char *secret, const char *session_token)
{
    return (AwsSecrets){copy_text(key), copy_text(secret), copy_text(session_token)};
}

void secrets_copy_aws(const AwsConfig *aws, AwsSecrets *out_secrets)
{
    SecretStore *store = aws->secrets;
    if (!store) {
        *out_secrets = copy_aws(aws->key, aws->secret, aws->session_token);
        return;
    }
    lock_latest(store);
    *out_secrets = copy_aws(store->aws.key, store->aws.secret, store->aws.session_token);
    unlock(store);
}

char *secrets_copy_warehouse_password(const WarehouseConfig *warehouse)
{
    SecretStore *store = warehouse->secrets;
    if (!store)
        return copy_text(warehouse->password);
    lock_latest(store);
    char *password = memory_copy_text(store->warehouse_password);
    unlock(store);
    return password;
}

char *secrets_copy_kafka_password(const KafkaConfig *kafka)
{
    SecretStore *store = kafka->secrets;
    if (!store)
        return copy_text(find_kafka_password(kafka));
    lock_latest(store);
    char *password = memory_copy_text(store->kafka_password);
    unlock(store);
    return password;
}

void secrets_note_refused(SecretStore *store)
{
    if (!store)
        return;
    pthread_mutex_lock(&store->lock);
    store->is_refused = true;
    pthread_mutex_unlock(&store->lock);
}

SecretStore *secrets_open(const char *path, const AwsConfig *aws, const WarehouseConfig *warehouse,
                          const KafkaConfig *kafka)
{
    SecretStore *store = memory_alloc_zeroed(1, sizeof *store);
    store->path = path ? memory_copy_text(path) : NULL;
    store->aws = copy_aws(aws->key, aws->secret, aws->session_token);
    store->warehouse_password = copy_text(warehouse->password);
    store->kafka_password = copy_text(find_kafka_password(kafka));
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

void secrets_close(SecretStore *store)
{
    if (!store)
        return;
    secrets_aws_done(&store->aws);
    memory_wipe_text(store->warehouse_password);
    memory_wipe_text(store->kafka_password);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}
