/* SPDX-License-Identifier: Apache-2.0
 *
 * [CLUSTER] and [IAM_ROLE]: the warehouse. An empty text leaves the choice to libpq's own conventions (PG*, service,
 * password file). */
#pragma once

#include <stddef.h>

#include "config/dataset.h"
#include "config/patience.h"

/* WAREHOUSE: what kind of server it is. */
typedef enum WarehouseKind { WAREHOUSE_POSTGRES, WAREHOUSE_REDSHIFT } WarehouseKind;

typedef struct WarehouseConfig {
    char *host;
    char *name;
    char *user;
    char *password;
    char *port;
    char *sslmode;
    char *sslrootcert;
    WarehouseKind kind;
    char *manifest_prefix; /* s3://bucket/prefix of the manifests for a warehouse that fetches objects itself; empty:
                              none */
    char *role_arn;
    char *sql_dir; /* [FLEET] SQL_DIR; empty: the SQL that is built in */
    Patience patience;
    const Dataset *datasets; /* Config's own, whose tables the warehouse has */
    size_t dataset_count;
    struct SecretStore *secrets; /* the password as it is now (config/secrets.h); NULL: it is never read again */
} WarehouseConfig;
