/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/stop.h"
#include "cli/say.h"
#include "web/credentials.h"

/* A cluster takes minutes; what a test or Serverless has at once is noticed at once. */
#define FIRST_WAIT_MS 1000
#define WAIT_MS 10000
#define SAY_MS 30000

bool job_init(ClusterJob *job, const Config *config, const Options *options, Error *error)
{
    *job = (ClusterJob){.config = config, .options = options};
    AUTO_FREE char *region = credentials_find_named_region(&config->aws);
    if (!region)
        return error_set(error, ERROR_REFUSED, "no region is set, and a cluster costs money: set REGION in [AWS]");
    if (!cluster_want_read(config, region, options->serverless, &job->want, error))
        return false;
    job->kind = job->want.is_serverless ? &redshift_serverless : &redshift_provisioned;
    return true;
}

static bool look(ClusterJob *job, Error *error)
{
    const char *vpc = job->cluster.vpc;
    return job->kind->find(job->api, job->want.identifier, &job->cluster, error) &&
           iam_find_role(job->api, job->want.role_name, &job->role, error) &&
           ec2_find_owned_group(job->api, job->want.owner, vpc[0] ? vpc : NULL, &job->group, error);
}

bool job_open(ClusterJob *job, Error *error)
{
    return api_open(&job->config->aws, &job->api, error) && iam_find_account(job->api, job->account, error) &&
           look(job, error);
}

void job_close(ClusterJob *job)
{
    api_close(job->api);
    cluster_want_done(&job->want);
}

bool job_is_own(const ClusterJob *job, const char *owner)
{
    return strcmp(owner, job->want.owner) == 0;
}

bool job_check_own(const ClusterJob *job, Error *error)
{
    if (job->cluster.phase == CLUSTER_ABSENT || job_is_own(job, job->cluster.owner))
        return true;
    return error_set(
        error, ERROR_REFUSED,
        "the %s %s in %s was not made by copyfleet (it has no tag %s=%s), so it is left alone: set another "
        "[DWH] DWH_CLUSTER_IDENTIFIER",
        job->kind->noun, job->want.identifier, api_region(job->api), CLUSTER_TAG, job->want.owner);
}

int job_fail(const Error *error)
{
    int code = say_failure(error);
    return error->kind == ERROR_REFUSED ? EXIT_USAGE : code;
}

void job_wait_begin(ClusterWait *wait, const char *subject)
{
    *wait = (ClusterWait){.subject = subject, .is_live = isatty(STDERR_FILENO), .begun_ms = clock_now_ms()};
}

static void say(ClusterWait *wait, const char *state, int64_t now_ms)
{
    bool is_new = strcmp(wait->said, state) != 0;
    if (!wait->is_live && !is_new && now_ms - wait->said_ms < SAY_MS)
        return;
    int64_t seconds = (now_ms - wait->begun_ms) / 1000;
    fprintf(stderr, "%s%s: %s, %" PRId64 ":%02" PRId64 " min%s", wait->is_live ? "\r\033[K" : "", wait->subject, state,
            seconds / 60, seconds % 60, wait->is_live ? "" : "\n");
    wait->has_line = wait->is_live;
    wait->said_ms = now_ms;
    snprintf(wait->said, sizeof wait->said, "%s", state);
}

bool job_wait_step(ClusterWait *wait, const char *state, int minutes_max, Error *error)
{
    int64_t now_ms = clock_now_ms(), end_ms = now_ms + WAIT_MS;
    if (now_ms - wait->begun_ms < WAIT_MS)
        end_ms = now_ms + FIRST_WAIT_MS;
    if (now_ms - wait->begun_ms > (int64_t)minutes_max * 60 * 1000)
        return error_set(error, ERROR_RETRY, "%s is %s after %d minutes: look into the AWS console, and run it again",
                         wait->subject, state, minutes_max);
    while (now_ms < end_ms) {
        say(wait, state, now_ms);
        if (!stop_wait_ms(wait->is_live && end_ms - now_ms > 1000 ? 1000 : end_ms - now_ms))
            return error_set(error, ERROR_INTERRUPTED, "stopped while %s is %s", wait->subject, state);
        now_ms = clock_now_ms();
    }
    return true;
}

void job_wait_end(ClusterWait *wait)
{
    if (wait->has_line)
        fputs("\r\033[K", stderr);
    wait->has_line = false;
}
