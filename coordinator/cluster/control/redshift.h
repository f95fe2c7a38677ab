/* SPDX-License-Identifier: Apache-2.0
 *
 * A Redshift warehouse as AWS's control plane has it: a cluster (redshift.c), or Serverless's namespace and workgroup
 * of one name (redshift_serverless.c). Both are made and removed in the same way: ask for it, then look until it is so.
 * It does no harm to ask again for what is under way, so a command that was interrupted begins again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/api.h"

/* The tag of everything that copyfleet cluster makes; its value names the cluster (coordinator/cluster/want.h). */
#define CLUSTER_TAG "copyfleet"

#define CLUSTER_OWNER_SIZE 128

#define CLUSTER_GROUPS_MAX 8
#define CLUSTER_ROLES_MAX 8
#define CLUSTER_SUBNETS_MAX 32

typedef enum ClusterPhase {
    CLUSTER_ABSENT,
    CLUSTER_COMING, /* will be ready if it is waited for */
    CLUSTER_READY,
    CLUSTER_GOING, /* will be absent, likewise */
    CLUSTER_STUCK, /* paused, or broken: waiting does not help */
} ClusterPhase;

typedef struct Cluster {
    ClusterPhase phase;
    bool wants_step;                /* a part of it is there, and create has to be asked again for the rest */
    char state[64];                 /* in AWS's word */
    char owner[CLUSTER_OWNER_SIZE]; /* CLUSTER_TAG's value; "": not made by copyfleet */
    char host[256];                 /* "": it has none yet */
    int64_t port;
    char database[128];
    char user[128];
    char size[96]; /* for people: "4 x ra3.large" */
    char vpc[64];
    bool is_public;
    bool is_encrypted;
    char groups[CLUSTER_GROUPS_MAX][64]; /* of VPC security */
    size_t group_count;
    char roles[CLUSTER_ROLES_MAX][256]; /* ARNs */
    size_t role_count;
} Cluster;

/* What is to be made; all texts are borrowed. */
typedef struct ClusterWish {
    const char *identifier;
    const char *owner; /* CLUSTER_TAG's value */
    const char *database;
    const char *user;
    const char *password;
    int64_t port;
    const char *node_type;
    int64_t nodes;
    bool is_multi_node;
    int64_t base_capacity;    /* of Serverless, in RPUs */
    const char *subnet_group; /* "": the default VPC */
    const char *group;        /* of VPC security */
    const char *role_arn;
    bool is_public;
    const char *const *subnets; /* of the subnet group, for Serverless */
    size_t subnet_count;
} ClusterWish;

typedef struct ClusterKind {
    const char *noun; /* "cluster" */
    bool (*find)(Api *api, const char *identifier, Cluster *out_cluster, Error *error);
    /* True also if it is there already. RETRY if it is worth asking again. */
    bool (*create)(Api *api, const ClusterWish *wish, Error *error);
    /* snapshot NULL: none is taken. True also if it is gone already. RETRY as for create. */
    bool (*remove)(Api *api, const char *identifier, const char *snapshot, Error *error);
} ClusterKind;

extern const ClusterKind redshift_provisioned, redshift_serverless;

/* The VPC of a cluster subnet group, and its subnets. */
typedef struct ClusterSubnets {
    char vpc[64];
    char subnets[CLUSTER_SUBNETS_MAX][64];
    size_t subnet_count;
} ClusterSubnets;

bool redshift_find_subnets(Api *api, const char *subnet_group, ClusterSubnets *out_subnets, Error *error) MUST_USE;

/* A role that has just been made is not known everywhere at once: RETRY if the refusal is about one. */
void redshift_judge_refusal(const Refusal *refusal, Error *error);

/* What a state of Redshift's means for a command that waits. Pure. */
ClusterPhase redshift_read_phase(const char *state);
