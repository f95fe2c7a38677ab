/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet cluster status: what AWS says of it, as tables. */
#include <inttypes.h>
#include <stdio.h>

#include "cluster/cluster.h"
#include "cluster/job.h"
#include "show/table.h"

/* Of the JSON (docs/cluster.md). */
#define SCHEMA_VERSION 1

static const char *text_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static void print_cluster(const ClusterJob *job, TablePrinter *printer)
{
    static const char *const names[] = {"identifier", "kind",     "state", "size",   "host",
                                        "port",       "database", "user",  "public", "encrypted"};
    const Cluster *cluster = &job->cluster;
    bool is_there = cluster->phase != CLUSTER_ABSENT;
    char port[24];
    snprintf(port, sizeof port, "%" PRId64, cluster->port);
    const char *values[] = {
        job->want.identifier,
        job->want.is_serverless ? "serverless" : "cluster",
        is_there ? cluster->state : "absent",
        text_or_null(cluster->size),
        text_or_null(cluster->host),
        cluster->port > 0 ? port : NULL,
        text_or_null(cluster->database),
        text_or_null(cluster->user),
        !is_there            ? NULL
        : cluster->is_public ? "t"
                             : "f",
        !is_there               ? NULL
        : cluster->is_encrypted ? "t"
                                : "f",
    };
    AUTO_RESULT result = {0};
    result_init(&result, names, "tttttnttbb");
    result_add_row(&result, values);
    table_print(printer, "cluster", "", &result);
}

static const char *tell_owner(const ClusterJob *job, bool is_there, const char *owner)
{
    return !is_there ? "absent" : job_is_own(job, owner) ? "made by copyfleet" : "not made by copyfleet";
}

static void print_parts(const ClusterJob *job, TablePrinter *printer)
{
    static const char *const names[] = {"part", "name", "state", "id"};
    const char *rows[][4] = {
        {job->kind->noun, job->want.identifier,
         tell_owner(job, job->cluster.phase != CLUSTER_ABSENT, job->cluster.owner), NULL},
        {"security group", job->want.group_name, tell_owner(job, job->group.is_there, job->group.owner),
         text_or_null(job->group.id)},
        {"role", job->want.role_name, tell_owner(job, job->role.is_there, job->role.owner),
         text_or_null(job->role.arn)},
    };
    AUTO_RESULT result = {0};
    result_init(&result, names, "tttt");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        result_add_row(&result, rows[i]);
    table_print(printer, "parts", "Parts", &result);
}

static void add_access(const Ec2Group *group, int64_t port, Result *result)
{
    for (size_t i = 0; i < group->rule_count; i++) {
        const Ec2Rule *rule = &group->rules[i];
        const char *values[] = {rule->source, group->id, text_or_null(rule->description)};
        if (ec2_rule_covers(rule, port))
            result_add_row(result, values);
    }
}

/* Asks all groups of the cluster. */
static bool print_access(const ClusterJob *job, TablePrinter *printer, Error *error)
{
    static const char *const names[] = {"source", "group", "description"};
    int64_t port = job->cluster.port > 0 ? job->cluster.port : job->want.port;
    AUTO_RESULT result = {0};
    result_init(&result, names, "ttt");
    for (size_t i = 0; i < job->cluster.group_count; i++) {
        Ec2Group group;
        if (!ec2_find_group(job->api, job->cluster.groups[i], &group, error))
            return false;
        add_access(&group, port, &result);
    }
    table_print(printer, "access", "Who may reach the port", &result);
    return true;
}

static bool is_whole(const ClusterJob *job)
{
    return job->cluster.phase == CLUSTER_READY && job->role.is_there && job->group.is_there;
}

int cluster_status(Config *config, const Options *options)
{
    Error error;
    AUTO_CLUSTER_JOB job;
    if (!job_init(&job, config, options, &error) || !job_open(&job, &error))
        return job_fail(&error);
    TablePrinter printer = {.stream = stdout, .format = options->format, .schema_version = SCHEMA_VERSION};
    print_cluster(&job, &printer);
    print_parts(&job, &printer);
    bool is_asked = print_access(&job, &printer, &error);
    table_finish(&printer);
    if (!is_asked)
        return job_fail(&error);
    return is_whole(&job) ? EXIT_DONE : EXIT_FINDINGS;
}
