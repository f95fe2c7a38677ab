/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet cluster create: makes the role, the security group and the cluster, in this order, each only if it is not
 * there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cluster/cluster.h"
#include "cluster/job.h"
#include "config/edit.h"
#include "control/iam_policy.h"

#define MINUTES_MAX 60

/* IAM says that a new role may take some seconds to be known everywhere. */
#define ROLE_WAIT_MS 120000

typedef struct Policies {
    Buffer trust;
    Buffer reading; /* empty: Amazon's own policy is attached */
} Policies;

static void policies_done(Policies *policies)
{
    buffer_done(&policies->trust);
    buffer_done(&policies->reading);
}

static bool make_policies(const ClusterJob *job, Policies *policies, Error *error)
{
    buffer_init(&policies->trust, 4 * KIB);
    buffer_init(&policies->reading, 64 * KIB);
    if (!iam_policy_append_trust(&policies->trust, job->want.is_serverless))
        return error_set(error, ERROR_FATAL, "the trust policy is too long");
    if (job->config->dwh.iam_policy == IAM_POLICY_MANAGED)
        return true;
    if (iam_policy_append_reading(&policies->reading, job->config, api_partition(api_region(job->api)), error))
        return true;
    error->kind = ERROR_REFUSED;
    return false;
}

/* The configuration that --write makes has to be one that can be read again. That is asked before anything costs
 * money. */
static bool rehearse_writing(const Options *options)
{
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    Error error;
    const char *variable = "COPYFLEET_CLUSTER_WAREHOUSE", *value = getenv(variable);
    if (!options->write || value)
        return true;
    setenv(variable, "redshift", 1);
    bool is_fine = config_load(options->config, &config, &mistakes, &error);
    unsetenv(variable);
    if (!is_fine)
        fprintf(stderr,
                "%scopyfleet: with WAREHOUSE = redshift, which --write puts into it, the configuration has %s\n",
                mistakes ? mistakes : "", error.message);
    return is_fine;
}

static bool check_role(const ClusterJob *job, Error *error)
{
    if (!job->role.is_there || job_is_own(job, job->role.owner))
        return true;
    return error_set(error, ERROR_REFUSED,
                     "the role %s was not made by copyfleet for %s (it has no tag %s=%s), so it is left alone: set "
                     "another [DWH] DWH_IAM_ROLE_NAME",
                     job->want.role_name, job->want.identifier, CLUSTER_TAG, job->want.owner);
}

/* A role that is there already gets the policies of today's configuration. */
static bool ensure_role(ClusterJob *job, const Policies *policies, Error *error)
{
    const char *name = job->want.role_name, *trust = policies->trust.data;
    if (job->role.is_there) {
        if (!iam_set_trust(job->api, name, trust, error))
            return false;
    } else if (!iam_create_role(job->api, name, trust, job->want.owner, error) ||
               !iam_find_role(job->api, name, &job->role, error) || !check_role(job, error)) {
        return false;
    }
    if (!job->role.is_there)
        return error_set(error, ERROR_RETRY, "the role %s has been made and is not known yet: run it again", name);
    return iam_set_reading(job->api, name, policies->reading.data, error);
}

static bool find_vpc(ClusterJob *job, ClusterSubnets *subnets, Error *error)
{
    *subnets = (ClusterSubnets){0};
    if (job->config->dwh.subnet_group[0] &&
        !redshift_find_subnets(job->api, job->config->dwh.subnet_group, subnets, error))
        return false;
    if (job->cluster.vpc[0])
        refusal_copy_text(subnets->vpc, sizeof subnets->vpc, job->cluster.vpc);
    if (!subnets->vpc[0] && !ec2_find_default_vpc(job->api, subnets->vpc, error))
        return false;
    return subnets->vpc[0] ||
           error_set(error, ERROR_REFUSED,
                     "the account has no default VPC in %s: set [DWH] DWH_SUBNET_GROUP to a cluster subnet group",
                     api_region(job->api));
}

static bool ensure_group(ClusterJob *job, const char *vpc, Error *error)
{
    const char *owner = job->want.owner;
    if (!ec2_find_owned_group(job->api, owner, vpc, &job->group, error))
        return false;
    if (job->group.is_there)
        return true;
    if (!ec2_create_group(job->api, job->want.group_name, vpc, owner, error) ||
        !ec2_find_owned_group(job->api, owner, vpc, &job->group, error))
        return false;
    return job->group.is_there ||
           error_set(error, ERROR_REFUSED,
                     "the security group %s in %s was not made by copyfleet (it has no tag %s=%s), so it is left "
                     "alone: rename it, or set another [DWH] DWH_CLUSTER_IDENTIFIER",
                     job->want.group_name, vpc, CLUSTER_TAG, owner);
}

static bool ask(ClusterJob *job, const ClusterSubnets *subnets, Error *error)
{
    const char *names[CLUSTER_SUBNETS_MAX];
    for (size_t i = 0; i < subnets->subnet_count; i++)
        names[i] = subnets->subnets[i];
    const ClusterWant *want = &job->want;
    const ClusterWish wish = {
        .identifier = want->identifier,
        .owner = want->owner,
        .database = want->database,
        .user = want->user,
        .password = want->password,
        .port = want->port,
        .node_type = job->config->dwh.node_type,
        .nodes = want->nodes,
        .is_multi_node = want->is_multi_node,
        .base_capacity = job->config->dwh.base_capacity,
        .subnet_group = job->config->dwh.subnet_group,
        .group = job->group.id,
        .role_arn = job->role.arn,
        .is_public = job->options->is_public,
        .subnets = names,
        .subnet_count = subnets->subnet_count,
    };
    return job->kind->create(job->api, &wish, error);
}

static bool ensure_cluster(ClusterJob *job, const ClusterSubnets *subnets, Error *error)
{
    AUTO_FREE char *subject = memory_format("the %s %s", job->kind->noun, job->want.identifier);
    AUTO_CLUSTER_WAIT wait;
    job_wait_begin(&wait, subject);
    for (;;) {
        Cluster *cluster = &job->cluster;
        if (!job_check_own(job, error))
            return false;
        if (cluster->phase == CLUSTER_READY)
            return true;
        if (cluster->phase == CLUSTER_GOING || cluster->phase == CLUSTER_STUCK)
            return error_set(error, ERROR_REFUSED, "%s is %s: %s", subject, cluster->state,
                             cluster->phase == CLUSTER_GOING ? "once it is gone, run it again"
                                                             : "mend that in the AWS console, or delete it");
        bool is_asked = (cluster->phase != CLUSTER_ABSENT && !cluster->wants_step) || ask(job, subnets, error);
        bool may_wait = is_asked || (error->kind == ERROR_RETRY && clock_now_ms() - wait.begun_ms < ROLE_WAIT_MS);
        if (!may_wait ||
            !job_wait_step(&wait, cluster->phase == CLUSTER_ABSENT ? "asked for" : cluster->state, MINUTES_MAX,
                           error) ||
            !job->kind->find(job->api, job->want.identifier, cluster, error))
            return false;
    }
}

static bool create(ClusterJob *job, Error *error)
{
    AUTO(Policies, policies_done) policies = {0};
    ClusterSubnets subnets;
    return job_open(job, error) && make_policies(job, &policies, error) && job_check_own(job, error) &&
           check_role(job, error) && find_vpc(job, &subnets, error) && ensure_role(job, &policies, error) &&
           ensure_group(job, subnets.vpc, error) && ensure_cluster(job, &subnets, error);
}

/* After a failure, says what costs money or waits to be used. */
static void say_what_stands(const ClusterJob *job)
{
    bool has_role = job->role.is_there && job_is_own(job, job->role.owner);
    bool has_cluster = job->cluster.phase != CLUSTER_ABSENT && job_is_own(job, job->cluster.owner);
    if (!has_role && !job->group.is_there && !has_cluster)
        return;
    fputs("What stands:\n", stderr);
    if (has_role)
        fprintf(stderr, "  role %s\n", job->role.arn);
    if (job->group.is_there)
        fprintf(stderr, "  security group %s\n", job->group.id);
    if (has_cluster)
        fprintf(stderr, "  %s %s, %s\n", job->kind->noun, job->want.identifier, job->cluster.state);
    fputs("Run copyfleet cluster create again to go on, or copyfleet cluster delete to remove it.\n", stderr);
}

static void report(const ClusterJob *job)
{
    const Cluster *cluster = &job->cluster;
    printf("The %s %s is available: account %s, region %s, %s, %s.\n", job->kind->noun, job->want.identifier,
           job->account, api_region(job->api), cluster->size, cluster->is_public ? "public" : "not public");
    printf("Endpoint: %s:%" PRId64 "\n", cluster->host, cluster->port);
    printf("Role: %s\n", job->role.arn);
    bool has_role = false, has_group = false;
    for (size_t i = 0; i < cluster->role_count; i++)
        has_role |= strcmp(cluster->roles[i], job->role.arn) == 0;
    for (size_t i = 0; i < cluster->group_count; i++)
        has_group |= strcmp(cluster->groups[i], job->group.id) == 0;
    if (!has_role)
        fputs("It does not have this role: attach it in the AWS console (Manage IAM roles).\n", stderr);
    if (!has_group)
        fprintf(stderr, "It does not have the security group %s: attach it in the AWS console.\n", job->group.id);
}

static bool write_config(const ClusterJob *job, Error *error)
{
    const Cluster *cluster = &job->cluster;
    char port[24];
    snprintf(port, sizeof port, "%" PRId64, cluster->port);
    const ConfigEdit edits[] = {
        {"CLUSTER", "HOST", cluster->host},        {"CLUSTER", "DB_NAME", cluster->database},
        {"CLUSTER", "DB_USER", cluster->user},     {"CLUSTER", "DB_PORT", port},
        {"CLUSTER", "WAREHOUSE", "redshift"},      {"IAM_ROLE", "ARN", job->role.arn},
        {"DWH", "DWH_CLUSTER_TYPE", "serverless"}, /* else the commands would look for a cluster */
    };
    size_t count = sizeof edits / sizeof *edits - (job->want.is_serverless ? 0 : 1);
    const char *path = config_find_path(job->options->config);
    bool has_changed = false;
    if (!config_edit_file(path, edits, count, &has_changed, error))
        return false;
    printf("%s %s.\n", path, has_changed ? "has them now" : "had them already");
    if (!job->config->warehouse.password[0])
        fputs(
            "It has no [CLUSTER] DB_PASSWORD, which the other commands need: the administrator's, or another user's.\n",
            stderr);
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    if (config_load(path, &config, &mistakes, error) && strcmp(config.warehouse.host, cluster->host) != 0)
        fputs("The environment names another host (COPYFLEET_CLUSTER_HOST or PGHOST), and that counts.\n", stderr);
    return true;
}

int cluster_create(Config *config, const Options *options)
{
    Error error;
    AUTO_CLUSTER_JOB job;
    if (!job_init(&job, config, options, &error) || !cluster_want_check_password(job.want.password, &error))
        return job_fail(&error);
    if (!rehearse_writing(options))
        return EXIT_USAGE;
    if (!create(&job, &error)) {
        int code = job_fail(&error);
        say_what_stands(&job);
        return code;
    }
    report(&job);
    if (options->write && !write_config(&job, &error))
        return job_fail(&error);
    return EXIT_DONE;
}
