/* SPDX-License-Identifier: Apache-2.0
 *
 * What the four commands of copyfleet cluster share: what is wanted, what is there, and whose it is. Nothing is
 * remembered: each command asks AWS what is there and goes on from that, so the command before may have been killed at
 * any instruction. The request that makes a thing also tags it, and what has no such tag is never changed. */
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
    Cluster cluster; /* this and the next two are as they were found last */
    IamRole role;
    Ec2Group group; /* ours, if there is one */
} ClusterJob;

#define AUTO_CLUSTER_JOB AUTO(ClusterJob, job_close)

/* Reads what is wanted. */
bool job_init(ClusterJob *job, const Config *config, const Options *options, Error *error) MUST_USE;

/* Signs in, and finds what is there. */
bool job_open(ClusterJob *job, Error *error) MUST_USE;
void job_close(ClusterJob *job);

/* Whether the tag says that copyfleet made it for this cluster. */
bool job_is_own(const ClusterJob *job, const char *owner);

/* REFUSED if the cluster is there and is somebody else's. */
bool job_check_own(const ClusterJob *job, Error *error) MUST_USE;

/* Says what failed, and returns the exit code for it: 2 for REFUSED, which is a mistake in the configuration or a thing
 * that is not ours. */
int job_fail(const Error *error);

/* How something stands that a command waits for. On a terminal that is one line that changes, elsewhere a line now and
 * then. */
typedef struct ClusterWait {
    const char *subject; /* "the cluster dwh" */
    bool is_live;
    int64_t begun_ms;
    int64_t said_ms;
    char said[64];
    bool has_line; /* on the terminal, not ended */
} ClusterWait;

void job_wait_begin(ClusterWait *wait, const char *subject);

/* Says the state and waits some seconds. INTERRUPTED if we were told to stop, RETRY if minutes_max are over. */
bool job_wait_step(ClusterWait *wait, const char *state, int minutes_max, Error *error) MUST_USE;
void job_wait_end(ClusterWait *wait);
static inline void job_wait_auto_end(ClusterWait *wait)
{
    job_wait_end(wait);
}
#define AUTO_CLUSTER_WAIT AUTO(ClusterWait, job_wait_auto_end)
