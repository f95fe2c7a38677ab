/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys and passwords of a configuration, as they are now. A daemon outlives them: after a refusal dwh.cfg is read
 * again for its secrets, and for nothing else. What the environment says stays, since nobody can change that of a
 * process. A section gives its own secrets and no other's. Any thread's. */
#pragma once

#include "base/auto.h"
#include "base/memory.h"
#include "config/aws.h"
#include "config/kafka.h"
#include "config/warehouse.h"

/* None is NULL. */
typedef struct AwsSecrets {
    char *key; /* with its secret */
    char *secret;
    char *session_token;
} AwsSecrets;

#define AUTO_AWS_SECRETS AUTO(AwsSecrets, secrets_aws_done)

/* A copy, which is the caller's. */
void secrets_copy_aws(const AwsConfig *aws, AwsSecrets *out_secrets);

/* Overwrites and frees them. */
void secrets_aws_done(AwsSecrets *secrets);

/* The password of [CLUSTER], and librdkafka.sasl.password of [KAFKA]: a copy, which the caller wipes (AUTO_WIPE), empty
 * if none is set. */
char *secrets_copy_warehouse_password(const WarehouseConfig *warehouse);
char *secrets_copy_kafka_password(const KafkaConfig *kafka);

/* What remembers the secrets, and the file that they come from. */
typedef struct SecretStore SecretStore;

/* A service refuses who we are: the next copy reads the file first. A file with mistakes changes nothing. NULL: nobody
 * reads again. */
void secrets_note_refused(SecretStore *store);

/* For config_load and config_done alone. path is that of the file, as config_load takes it; the store begins with
 * copies of the secrets that the sections hold. */
SecretStore *secrets_open(const char *path, const AwsConfig *aws, const WarehouseConfig *warehouse,
                          const KafkaConfig *kafka);
void secrets_close(SecretStore *store);
