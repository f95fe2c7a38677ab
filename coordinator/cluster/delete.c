/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet cluster delete: removes the rules that let somebody in, the cluster, its group and its role, in this order,
 * each only if it is ours. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster/cluster.h"
#include "cluster/job.h"

/* A final snapshot of much data takes long. */
#define MINUTES_MAX 180

/* The network interface of a cluster goes some time after it. */
#define GROUP_MINUTES_MAX 15

static bool has_own_role(const ClusterJob *job)
{
    return job->role.is_there && job_is_own(job, job->role.owner);
}

static bool is_own_rule(const Ec2Rule *rule)
{
    return strcmp(rule->description, EC2_RULE_DESCRIPTION) == 0;
}

static void show_cluster(const ClusterJob *job)
{
    const Cluster *cluster = &job->cluster;
    printf("  %s %s, %s, %s, %s:%" PRId64 "\n", job->kind->noun, job->want.identifier, cluster->state, cluster->size,
           cluster->host, cluster->port);
    if (cluster->phase == CLUSTER_GOING)
        return;
    if (job->options->final_snapshot)
        printf("    its data stays as the snapshot %s, which costs money until you delete it\n",
               job->options->final_snapshot);
    else
        puts("    with all data in it: no snapshot is taken (--final-snapshot NAME takes one)");
}

/* Says what costs money under the same name, and was not asked for. */
static void hint_at_other_kind(const ClusterJob *job)
{
    const ClusterKind *other = job->want.is_serverless ? &redshift_provisioned : &redshift_serverless;
    Cluster found;
    Error ignored;
    if (other->find(job->api, job->want.identifier, &found, &ignored) && found.phase != CLUSTER_ABSENT)
        printf("There is a %s of that name: delete it %s.\n", other->noun,
               job->want.is_serverless ? "without --serverless and DWH_CLUSTER_TYPE = serverless"
                                       : "with --serverless");
}

static bool show(const ClusterJob *job)
{
    bool has_cluster = job->cluster.phase != CLUSTER_ABSENT;
    if (!has_cluster && !job->group.is_there && !has_own_role(job)) {
        printf("There is nothing of the %s %s in account %s, region %s.\n", job->kind->noun, job->want.identifier,
               job->account, api_region(job->api));
        hint_at_other_kind(job);
        return false;
    }
    printf("In account %s, region %s, this goes:\n", job->account, api_region(job->api));
    if (has_cluster)
        show_cluster(job);
    for (size_t i = 0; i < job->group.rule_count; i++)
        printf("  rule that lets %s in\n", job->group.rules[i].source);
    if (job->group.is_there)
        printf("  security group %s (%s)\n", job->group.id, job->group.name);
    if (has_own_role(job))
        printf("  role %s, with its policies\n", job->role.arn);
    fflush(stdout);
    return true;
}

/* If there is nobody to ask, the answer is no. */
static bool confirm(const ClusterJob *job)
{
    const char *identifier = job->want.identifier;
    if (!isatty(STDIN_FILENO)) {
        fputs("copyfleet: cluster delete asks before it deletes; without a terminal it wants --yes\n", stderr);
        return false;
    }
    fprintf(stderr, "Type '%s' to go on: ", identifier);
    char answer[80] = "";
    if (!fgets(answer, sizeof answer, stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, identifier) == 0;
}

/* The rules go at once. What others have added to our group goes with it. */
static bool close_port(ClusterJob *job, Error *error)
{
    for (size_t i = 0; i < job->group.rule_count; i++) {
        const Ec2Rule *rule = &job->group.rules[i];
        if (!is_own_rule(rule))
            continue;
        if (!ec2_close_port(job->api, job->group.id, rule, error))
            return false;
        printf("%s is not let in any more.\n", rule->source);
    }
    return true;
}

static bool remove_cluster(ClusterJob *job, Error *error)
{
    const char *identifier = job->want.identifier;
    if (job->cluster.phase == CLUSTER_ABSENT)
        return true;
    AUTO_FREE char *subject = memory_format("the %s %s", job->kind->noun, identifier);
    AUTO_CLUSTER_WAIT wait;
    job_wait_begin(&wait, subject);
    while (job->cluster.phase != CLUSTER_ABSENT) {
        bool is_asked = job->cluster.phase == CLUSTER_GOING ||
                        job->kind->remove(job->api, identifier, job->options->final_snapshot, error);
        if ((!is_asked && error->kind != ERROR_RETRY) || !job->kind->find(job->api, identifier, &job->cluster, error) ||
            !job_check_own(job, error))
            return false;
        if (job->cluster.phase != CLUSTER_ABSENT && !job_wait_step(&wait, job->cluster.state, MINUTES_MAX, error))
            return false;
    }
    job_wait_end(&wait);
    printf("The %s %s is gone.\n", job->kind->noun, identifier);
    return true;
}

static bool remove_group(ClusterJob *job, Error *error)
{
    if (!job->group.is_there)
        return true;
    AUTO_FREE char *subject = memory_format("the security group %s", job->group.id);
    AUTO_CLUSTER_WAIT wait;
    job_wait_begin(&wait, subject);
    for (;;) {
        bool is_busy = false;
        if (!ec2_delete_group(job->api, job->group.id, &is_busy, error))
            return false;
        if (!is_busy)
            break;
        if (!job_wait_step(&wait, "in use", GROUP_MINUTES_MAX, error))
            return false;
    }
    job_wait_end(&wait);
    job->group.is_there = false;
    printf("The security group %s is gone.\n", job->group.name);
    return true;
}

static bool remove_role(ClusterJob *job, Error *error)
{
    if (job->role.is_there && !has_own_role(job))
        printf("The role %s stays: copyfleet has not made it for %s.\n", job->want.role_name, job->want.identifier);
    if (!has_own_role(job))
        return true;
    if (!iam_delete_role(job->api, job->want.role_name, error))
        return false;
    job->role.is_there = false;
    printf("The role %s is gone.\n", job->want.role_name);
    return true;
}

static bool delete_all(ClusterJob *job, Error *error)
{
    return close_port(job, error) && remove_cluster(job, error) && remove_group(job, error) && remove_role(job, error);
}

static void say_what_stands(const ClusterJob *job)
{
    fflush(stdout);
    fputs("What stands still:\n", stderr);
    if (job->cluster.phase != CLUSTER_ABSENT)
        fprintf(stderr, "  %s %s, %s\n", job->kind->noun, job->want.identifier, job->cluster.state);
    if (job->group.is_there)
        fprintf(stderr, "  security group %s\n", job->group.id);
    if (has_own_role(job))
        fprintf(stderr, "  role %s\n", job->role.arn);
    fputs("Run copyfleet cluster delete again to go on.\n", stderr);
}

int cluster_delete(Config *config, const Options *options)
{
    Error error;
    AUTO_CLUSTER_JOB job;
    if (!job_init(&job, config, options, &error) || !job_open(&job, &error) || !job_check_own(&job, &error))
        return job_fail(&error);
    if (!show(&job))
        return EXIT_DONE;
    if (!options->yes && !confirm(&job)) {
        fputs("copyfleet: nothing was deleted\n", stderr);
        return EXIT_USAGE;
    }
    if (delete_all(&job, &error))
        return EXIT_DONE;
    int code = job_fail(&error);
    say_what_stands(&job);
    return code;
}
