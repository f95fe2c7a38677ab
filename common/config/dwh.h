/* SPDX-License-Identifier: Apache-2.0
 *
 * [DWH]: what copyfleet cluster makes. A number that is not set is 0. */
#pragma once

#include <stdint.h>

/* DWH_CLUSTER_TYPE; CLUSTER_UNSET: the number of nodes decides. */
typedef enum ClusterType { CLUSTER_UNSET, CLUSTER_SINGLE_NODE, CLUSTER_MULTI_NODE, CLUSTER_SERVERLESS } ClusterType;

/* DWH_IAM_POLICY: the cluster's role reads what is configured, or all buckets of the account. */
typedef enum IamPolicy { IAM_POLICY_BUCKETS, IAM_POLICY_MANAGED } IamPolicy;

typedef struct DwhConfig {
    ClusterType cluster_type;
    int64_t num_nodes;
    char *node_type;
    int64_t base_capacity;
    char *cluster_identifier;
    char *db;
    char *db_user;
    char *db_password;
    int64_t port;
    char *subnet_group;
    char *iam_role_name;
    IamPolicy iam_policy;
} DwhConfig;
