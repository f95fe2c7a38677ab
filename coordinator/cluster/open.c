/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet cluster open: adds a rule to the cluster's own security group. */
#include <inttypes.h>
#include <stdio.h>

#include "cluster/cidr.h"
#include "cluster/cluster.h"
#include "cluster/job.h"

/* Amazon's service answers with the address that asks, and nothing else. */
#define ADDRESS_URL "https://checkip.amazonaws.com"

static bool find_address(Api *api, char out_cidr[CLUSTER_CIDR_SIZE], Error *error)
{
    AUTO_BUFFER answer = {0};
    if (!api_fetch(api, ADDRESS_URL, &answer, error) ||
        !cluster_cidr_of_address(answer.data ? answer.data : "", out_cidr, error))
        return error_add_context(error, "this machine's address as it is seen from outside");
    return true;
}

static bool check_parts(const ClusterJob *job, Error *error)
{
    const char *identifier = job->want.identifier;
    if (job->cluster.phase == CLUSTER_ABSENT)
        return error_set(error, ERROR_REFUSED, "there is no %s %s in %s: make it by copyfleet cluster create%s",
                         job->kind->noun, identifier, api_region(job->api),
                         job->want.is_serverless ? " --serverless" : ", or ask for --serverless");
    if (!job_check_own(job, error))
        return false;
    return job->group.is_there ||
           error_set(error, ERROR_REFUSED,
                     "the %s %s has no security group of its own any more: run copyfleet cluster "
                     "create again",
                     job->kind->noun, identifier);
}

static bool open_port(ClusterJob *job, char cidr[CLUSTER_CIDR_SIZE], Error *error)
{
    int64_t port = job->cluster.port > 0 ? job->cluster.port : job->want.port;
    bool was_open = false;
    if (!check_parts(job, error) || (!cidr[0] && !find_address(job->api, cidr, error)) ||
        !ec2_open_port(job->api, job->group.id, cidr, port, &was_open, error))
        return false;
    printf("%s may reach port %" PRId64 " of %s%s.\n", cidr, port, job->want.identifier, was_open ? ", as before" : "");
    return true;
}

int cluster_open(Config *config, const Options *options)
{
    Error error;
    AUTO_CLUSTER_JOB job;
    char cidr[CLUSTER_CIDR_SIZE] = "";
    bool is_everyone = false;
    if (!job_init(&job, config, options, &error) ||
        (options->cidr && !cluster_cidr_read(options->cidr, cidr, &is_everyone, &error)) || !job_open(&job, &error) ||
        !open_port(&job, cidr, &error))
        return job_fail(&error);
    if (is_everyone)
        fputs("That is everyone: only the password is in the way now.\n", stderr);
    if (!job.cluster.is_public)
        fputs(
            "It has no public address (--public makes one), so only what is in its VPC, or connected to that, can use "
            "the rule.\n",
            stderr);
    return EXIT_DONE;
}
