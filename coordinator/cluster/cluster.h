/* SPDX-License-Identifier: Apache-2.0
 *
 * What the four commands of copyfleet cluster share: what is wanted, what is there, whose it is. Nothing is remembered
 * here: each command asks AWS what is there and goes on from that, so that it may have been killed at any instruction.
 * What copyfleet makes it tags in the request that makes it, and what has no such tag is never changed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/options.h"
#include "cluster/want.h"
#include "config/config.h"
#include "control/ec2.h"
#include "control/iam.h"
#include "control/redshift.h"

typedef struct ClusterJob {
    const Config *config;
    const Options *options;
    ClusterWant want;
    const ClusterKind *kind;
    Api *api;
    char account[16];
    Cluster cluster; /* as they were found last */
    IamRole role;
    Ec2Group group; /* ours, where there is one */
} ClusterJob;

#define AUTO_CLUSTER_JOB AUTO(ClusterJob, cluster_close)

/* Reads what is wanted. */
bool cluster_init(ClusterJob *job, const Config *config, const Options *options, Error *error) MUST_USE;

/* Signs in, and finds what is there. */
bool cluster_open(ClusterJob *job, Error *error) MUST_USE;
void cluster_close(ClusterJob *job);

/* Whether the tag says that copyfleet made it for this cluster. */
bool cluster_is_own(const ClusterJob *job, const char *owner);

/* REFUSED where the cluster is there and somebody else's. */
bool cluster_check_own(const ClusterJob *job, Error *error) MUST_USE;

/* Says what failed, and returns the exit code for it: 2 for REFUSED, which is a mistake of the configuration or what is
 * not ours. */
int cluster_fail(const Error *error);

/* Says, while something is waited for, how it stands: on a terminal in one line that changes, elsewhere in a line now
 * and then. */
typedef struct ClusterWait {
    const char *subject; /* "the cluster dwh" */
    bool is_live;
    int64_t begun_ms;
    int64_t said_ms;
    char said[64];
    bool has_line; /* on the terminal, not ended */
} ClusterWait;

void cluster_wait_begin(ClusterWait *wait, const char *subject);

/* Says the state and waits some seconds. INTERRUPTED where we were told to stop, RETRY where minutes_max have gone. */
bool cluster_wait_step(ClusterWait *wait, const char *state, int minutes_max, Error *error) MUST_USE;
void cluster_wait_end(ClusterWait *wait);
static inline void cluster_wait_auto_end(ClusterWait *wait)
{
    cluster_wait_end(wait);
}
#define AUTO_CLUSTER_WAIT AUTO(ClusterWait, cluster_wait_auto_end)
