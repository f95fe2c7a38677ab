/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet run: list → plan → dispatch → collect → transform, once, while somebody watches. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/stop.h"
#include "coordinator/commands.h"
#include "coordinator/coordinator.h"
#include "coordinator/local_fleet.h"
#include "coordinator/pass.h"
#include "coordinator/progress.h"
#include "coordinator/summary.h"
#include "kafka/topics.h"

#define REPORT_WAIT_MS 250
#define FIRST_WORKER_WAIT_MS 5000
#define LOCAL_WORKERS 2

typedef struct Run {
    Coordinator coordinator;
    LocalFleet *fleet;
    ProgressDisplay display;
    PlanSummary plan;
    Progress progress;
    TransformSummary transform;
    int64_t plan_ms;        /* listing included */
    int64_t quiet_since_ms; /* nothing was begun or finished since */
    int64_t attempts_seen;
    int failures; /* in a row, of a step */
} Run;

/* Whoever waits for a worker that is not there shall know. */
static bool watch_for_workers(Run *run, Error *error)
{
    if (local_fleet_has_died(run->fleet))
        return error_set(error, ERROR_FATAL,
                         "all workers that this run started have ended; their messages stand above");
    bool is_moving = run->progress.attempts != run->attempts_seen || run->progress.claimed > 0;
    int64_t now_ms = clock_now_ms();
    if (is_moving || run->quiet_since_ms == 0)
        run->quiet_since_ms = now_ms;
    run->attempts_seen = run->progress.attempts;
    if (now_ms - run->quiet_since_ms < FIRST_WORKER_WAIT_MS)
        return true;
    run->quiet_since_ms = now_ms + FIRST_WORKER_WAIT_MS; /* say it again less often */

    const Config *config = run->coordinator.config;
    int members;
    Error ignored;
    if (!topics_count_members(config, &members, &ignored))
        return true;
    if (members == 0)
        progress_say(&run->display,
                     "No worker is in the group %s: start copyfleet-worker on any machine, or use run --workers N.",
                     config->consumer_group);
    else
        progress_say(&run->display, "Waiting: nobody has begun a task for a while; what the workers log says why.");
    return true;
}

/* A run that found nothing new counts only what earlier runs left. */
static int64_t first_run_of(const Run *run)
{
    return run->plan.run > 0 ? run->plan.run : INT64_MAX;
}

/* One round: dispatch what is due, transform what is complete, look how far all is. */
static bool run_round(Run *run, Error *error)
{
    TransformSummary transform;
    if (!coordinator_reconnect(&run->coordinator, error) || !coordinator_round(&run->coordinator, &transform, error) ||
        !dispatch_read_progress(run->coordinator.connection, first_run_of(run), &run->progress, error))
        return false;
    run->transform.runs += transform.runs;
    run->transform.ms += transform.ms;
    return true;
}

/* What may pass is tried again, within bounds: a run is no daemon. */
static bool try_again(Run *run, const Error *error)
{
    const Config *config = run->coordinator.config;
    if (error->kind != ERROR_RETRY || run->failures >= (int)config->attempts_max)
        return false;
    progress_say(&run->display, "Trying again: %s", error->message);
    return stop_wait_ms(backoff_next_ms(backoff_of_retry(config), (unsigned)run->failures++));
}

/* What no worker can begin waits for a person, not for us. */
static bool is_finished(const Run *run)
{
    return run->progress.tasks_planned == run->progress.tasks_refused && run->progress.runs_complete == 0;
}

static bool run_rounds(Run *run, Error *error)
{
    do {
        if (stop_is_requested())
            return error_set(error, ERROR_INTERRUPTED, "interrupted; what is loaded stays, the next run goes on");
        bool is_done = run_round(run, error);
        if (!is_done && !try_again(run, error))
            return false;
        if (!is_done)
            continue;
        run->failures = 0;
        progress_show(&run->display, &run->progress, is_finished(run));
        if (is_finished(run))
            break;
        if (!watch_for_workers(run, error) ||
            (run->progress.runs_complete == 0 && !coordinator_wait(&run->coordinator, REPORT_WAIT_MS, error)))
            return false;
    } while (true);
    return true;
}

static void say_plan(Run *run)
{
    if (run->plan.run == 0)
        progress_say(&run->display, "Nothing new among %" PRId64 " objects.", run->plan.listed);
    else
        progress_say(
            &run->display, "Run %" PRId64 ": %" PRId64 " of %" PRId64 " objects are new, %.1f MB in %" PRId64 " tasks.",
            run->plan.run, run->plan.objects, run->plan.listed, (double)run->plan.bytes / 1e6, run->plan.tasks);
    if (run->plan.removed > 0)
        progress_say(&run->display, "%" PRId64 " objects have vanished from the bucket; this run takes their rows out.",
                     run->plan.removed);
    if (run->plan.vanished > 0)
        progress_say(&run->display, "%" PRId64 " objects have vanished from the bucket; their rows stay (ON_VANISH).",
                     run->plan.vanished);
}

/* The sweep comes first: whoever holds the lock that the plan waits for may be stopped. S3 has been asked again
 * already. */
static bool plan(Run *run, Error *error)
{
    bool is_whole;
    const Pass pass = {.config = run->coordinator.config, .s3 = run->coordinator.s3, .reach = PASS_FULL};
    while (!coordinator_reconnect(&run->coordinator, error) || !coordinator_sweep(&run->coordinator, error) ||
           !pass_run(&pass, run->coordinator.connection, &run->plan, &is_whole, error))
        if (error->service == SERVICE_S3 || !try_again(run, error))
            return false;
    return true;
}

/* list → plan → (dispatch → collect → transform) until nothing is left to do. */
static bool run_line(Run *run, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    if (!plan(run, error))
        return false;
    run->plan_ms = clock_now_ms() - begun_ms;
    say_plan(run);
    return run_rounds(run, error);
}

static void print_summary(const Run *run, TableFormat format, int64_t run_ms)
{
    const Progress *progress = &run->progress;
    const SummaryField fields[] = {
        {"run", run->plan.run, false},
        {"tasks", run->plan.tasks, false},
        {"objects", run->plan.objects, false},
        {"bytes", run->plan.bytes, false},
        {"objects_removed", run->plan.removed, false},
        {"objects_vanished", run->plan.vanished, false},
        {"rows", progress->rows, false},
        {"rejects", progress->rejects, false},
        {"tasks_failed", progress->tasks_failed, false},
        {"tasks_refused", progress->tasks_refused, false},
        {"runs_transformed", run->transform.runs, false},
        {"runs_held", progress->runs, false},
        {"plan_seconds", run->plan_ms, true},
        {"transform_seconds", run->transform.ms, true},
        {"seconds", run_ms, true},
    };
    summary_print(fields, sizeof fields / sizeof *fields, format);
    if (format == TABLE_TEXT)
        printf("%" PRId64 " tasks, %" PRId64 " rows, %" PRId64 " rejected rows, %" PRId64
               " runs brought into the star schema in %.1f s (list and plan %.1f s, transform %.1f s).\n",
               run->plan.tasks, progress->rows, progress->rejects, run->transform.runs, (double)run_ms / 1000,
               (double)run->plan_ms / 1000, (double)run->transform.ms / 1000);
    if (progress->runs > 0)
        fprintf(stderr,
                "Runs that wait: %" PRId64 ", for failed tasks: %" PRId64
                ", for tasks that no worker can begin: %" PRId64 "; copyfleet status tells why.\n",
                progress->runs, progress->tasks_failed, progress->tasks_refused);
}

static int run_fleet(Run *run, Config *config, const Options *options)
{
    Error error;
    int64_t begun_ms = clock_now_ms();
    AUTO_LOCAL_FLEET fleet = {0};
    run->fleet = &fleet;
    progress_init(&run->display);
    bool is_embedded = !*config->bootstrap_servers;
    int workers = options->workers >= 0 ? options->workers : is_embedded ? LOCAL_WORKERS : 0;
    if (is_embedded && !local_fleet_start_broker(&fleet, config, &error))
        return command_fail(&error);
    if (is_embedded)
        progress_say(&run->display,
                     "No [KAFKA] BOOTSTRAP_SERVERS is configured: using an embedded broker at %s for this run.",
                     config->bootstrap_servers);
    if (!coordinator_open(config, &run->coordinator, &error) ||
        !local_fleet_start_workers(&fleet, config, options->config, workers, &error) || !run_line(run, &error))
        return command_fail(&error);
    print_summary(run, options->format, clock_now_ms() - begun_ms);
    return run->progress.runs > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

int command_run(Config *config, const Options *options)
{
    Run run = {0};
    int code = run_fleet(&run, config, options);
    coordinator_close(&run.coordinator);
    return code;
}
