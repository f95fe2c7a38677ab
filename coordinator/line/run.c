/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet run: list → plan → dispatch → collect → transform, once, while somebody watches.
 *
 * run_command() is its life: it opens what the line needs. run_line() makes one full pass, and goes round (run_round)
 * until nothing is left to load or to transform. Once there is something to load, start_loading() brings a broker and
 * workers of its own, if they are wanted. Between two rounds it waits for a report, and says if there is no worker. It
 * ends by saying what is done and left. */
#include "line/run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/retry.h"
#include "base/stop.h"
#include "cli/say.h"
#include "db/statement.h"
#include "line/company.h"
#include "line/coordinator.h"
#include "line/local_fleet.h"
#include "line/pass.h"
#include "show/display.h"
#include "show/fields.h"
#include "show/figure.h"
#include "show/summary.h"

#define REPORT_WAIT_MS 250
#define LOCAL_WORKERS 2
#define WAIT_S_DEFAULT 60

typedef struct Run {
    Config *config;
    const Options *options;
    Coordinator coordinator;
    LocalFleet fleet;
    bool is_embedded; /* the broker: no other is configured */
    bool is_manned;   /* start_loading() was through */
    Company company;
    Display display; /* it also has how far the runs are, as of its last look */
    PlanSummary plan;
    PassGaps gaps;
    Emptiness emptiness; /* of what was listed */
    TransformSummary transform;
    Result unread;             /* see unread_count */
    int64_t unread_count;      /* objects that did not load though they have not changed */
    const char *unread_reason; /* why one of them did not */
    Result fields;             /* what of the loaded data is probably not what somebody wanted */
    int64_t plan_ms;           /* with the listing */
    Retry retry;               /* of a step that failed */
} Run;

/* What no worker can begin waits for a person, not for us. */
static bool is_loaded(const Run *run)
{
    const Standing *standing = &run->coordinator.standing;
    return standing->tasks_planned == standing->tasks_refused;
}

/* If this is no terminal, the line stays as the worker wrote it. */
static void say_log(void *context, const char *line)
{
    Display *display = context;
    if (display->is_live)
        display_say(display, "%s", line);
    else
        fprintf(stderr, "%s\n", line);
}

/* collect: looks how far the runs are. The summary is made of the last look. */
static bool collect(Run *run, Error *error)
{
    local_fleet_hear(&run->fleet, say_log, &run->display);
    if (!display_look(&run->display, run->coordinator.connection, is_loaded(run), error))
        return false;
    display_set_step(&run->display, run->coordinator.standing.runs_complete > 0 ? BLOCK_TRANSFORM : BLOCK_LOADING);
    return true;
}

static bool connect_broker(Run *run, Error *error)
{
    if (run->is_embedded && !local_fleet_start_broker(&run->fleet, run->config, error))
        return false;
    if (run->is_embedded)
        display_say(&run->display,
                    "No [KAFKA] BOOTSTRAP_SERVERS is configured: using an embedded broker at %s for this run.",
                    run->config->kafka.bootstrap_servers);
    return coordinator_connect(&run->coordinator, error);
}

static int count_workers(const Run *run)
{
    return run->options->workers >= 0 ? run->options->workers : run->is_embedded ? LOCAL_WORKERS : 0;
}

/* There is something to load, so our own broker and workers are needed, if they are wanted. */
static bool start_loading(Run *run, Error *error)
{
    if (!run->is_manned)
        run->is_manned =
            (!run->is_embedded || connect_broker(run, error)) &&
            local_fleet_start_workers(&run->fleet, run->config, run->options->config, count_workers(run), error);
    return run->is_manned;
}

/* What is planned while nobody loads needs a broker first. */
static bool dispatch(Run *run, Error *error)
{
    Coordinator *coordinator = &run->coordinator;
    if (!coordinator_dispatch(coordinator, error))
        return false;
    if (run->is_manned || coordinator->standing.tasks_planned == 0)
        return true;
    return start_loading(run, error) && coordinator_dispatch(coordinator, error);
}

static bool watch_for_workers(Run *run, Error *error)
{
    if (local_fleet_has_died(&run->fleet))
        return error_set(error, ERROR_FATAL,
                         "all workers that this run started have ended; their messages stand above");
    return !run->is_manned || company_watch(&run->company, &run->config->kafka, &run->display, error);
}

/* One round: publish what is due, look how far the runs are, transform what is complete. */
static bool run_round(Run *run, Error *error)
{
    Coordinator *coordinator = &run->coordinator;
    TransformSummary transform;
    if (!coordinator_reconnect(coordinator, error) || !dispatch(run, error) || !collect(run, error) ||
        !coordinator_transform(coordinator, &transform, error))
        return false;
    coordinator_tidy(coordinator);
    run->transform.runs += transform.runs;
    run->transform.ms += transform.ms;
    return true;
}

static void show_again(void *context, const Error *error, const RetryPause *pause)
{
    Run *run = context;
    char before[64];
    say_pause(pause, before, sizeof before);
    display_say(&run->display, "%s: %s", before, error->message);
}

static bool run_rounds(Run *run, Error *error)
{
    for (;;) {
        if (stop_is_requested())
            return error_set(error, ERROR_INTERRUPTED, "stopped between two rounds");
        if (!run_round(run, error)) {
            if (!retry_again(&run->retry, error))
                return false;
            continue;
        }
        retry_reset(&run->retry);
        bool has_complete = run->coordinator.standing.runs_complete > 0;
        /* Another coordinator may have planned between the standing and the look that the summary is made of. */
        if (is_loaded(run) && !has_complete && progress_is_at_rest(&run->display.progress))
            return true;
        if (!watch_for_workers(run, error) ||
            (!has_complete && !coordinator_wait(&run->coordinator, REPORT_WAIT_MS, error)))
            return false;
    }
}

static void say_plan(Run *run)
{
    for (size_t i = 0; i < run->emptiness.count; i++)
        display_say(&run->display, "%s", run->emptiness.sentences[i]);
    const PlanSummary *plan = &run->plan;
    char some[FIGURE_SIZE], all[FIGURE_SIZE], bytes[FIGURE_SIZE], tasks[FIGURE_SIZE];
    figure_things(all, plan->listed, "object");
    if (plan->run == 0)
        display_say(&run->display, "Nothing new among %s.", all);
    else
        display_say(&run->display, "Run %" PRId64 ": %s of %s %s new, %s in %s.", plan->run,
                    figure_count(some, plan->objects), all, plan->objects == 1 ? "is" : "are",
                    figure_bytes(bytes, (double)plan->bytes), figure_things(tasks, plan->tasks, "task"));
    if (plan->removed > 0)
        display_say(&run->display, "%s vanished from the bucket; this run takes the rows out.",
                    figure_things(some, plan->removed, "object"));
    if (plan->vanished > 0)
        display_say(&run->display, "%s vanished from the bucket; the rows stay (ON_VANISH).",
                    figure_things(some, plan->vanished, "object"));
}

static void show_left_out(void *context, const Dataset *dataset, const Error *reason)
{
    (void)dataset;
    Run *run = context;
    display_say(&run->display, "Left out: %s", reason->message);
}

static void show_step(void *context, PassStep step, int64_t listed)
{
    Run *run = context;
    local_fleet_hear(&run->fleet, say_log, &run->display);
    display_set_step(&run->display, step == PASS_LISTING ? BLOCK_LISTING : BLOCK_PLANNING);
    display_set_listed(&run->display, listed);
}

/* The sweep comes first: a stopped process may hold the lock that the plan waits for. What S3 failed is not tried again
 * here, since the listing has done so already. */
static bool plan(Run *run, Error *error)
{
    Coordinator *coordinator = &run->coordinator;
    const Pass pass = {.config = coordinator->config,
                       .s3 = coordinator->s3,
                       .reach = PASS_FULL,
                       .leave_out = show_left_out,
                       .emptiness = &run->emptiness,
                       .on_step = show_step,
                       .context = run};
    s3_set_notice(coordinator->s3, show_again, run);
    while (!coordinator_reconnect(coordinator, error) || !coordinator_sweep(coordinator, error) ||
           !progress_begin(&run->display.progress, coordinator->connection, error) ||
           !pass_run(&pass, coordinator->connection, &run->plan, &run->gaps, error))
        if (error->service == SERVICE_S3 || !retry_again(&run->retry, error))
            return false;
    return true;
}

static bool read_unread(Run *run, const char *begun, Error *error)
{
    const Values values = VALUES(TEXT_VALUE(begun));
    bool is_read = statement_run_if_any(run->coordinator.connection, "run/unread", values, &run->unread, error);
    if (!is_read || result_row_count(&run->unread) == 0)
        return is_read;
    ResultRow row = result_row(&run->unread, 0);
    run->unread_count = result_next_number(&row);
    run->unread_reason = result_next_text(&row);
    result_row_end(&row);
    return true;
}

static bool read_findings(Run *run, Error *error)
{
    ResultRow row = result_row(&run->display.progress.begun, 0);
    const char *begun = result_next_text(&row);
    return read_unread(run, begun, error) && fields_read(run->coordinator.connection, begun, &run->fields, error);
}

/* list → plan → (dispatch → collect → transform) until nothing is left to do. The ledger has to be the same at the end:
 * if another took its place, what was read last is not of this run. */
static bool run_line(Run *run, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    if (!plan(run, error))
        return false;
    run->plan_ms = clock_now_ms() - begun_ms;
    say_plan(run);
    return run_rounds(run, error) && read_findings(run, error) && ledger_confirm(run->coordinator.connection, error);
}

static void say_summary(const Run *run, int64_t settled, int64_t run_ms)
{
    const ProgressCounts *all = &run->display.progress.total;
    char tasks[FIGURE_SIZE], rows[FIGURE_SIZE], rejects[FIGURE_SIZE], runs[FIGURE_SIZE];
    printf("%s, %s, %s, %s brought into the star schema in %.1f s (list and plan %.1f s, transform %.1f s).\n",
           figure_things(tasks, settled, "task"), figure_things(rows, all->rows, "row"),
           figure_things(rejects, all->rejects, "rejected row"), figure_things(runs, run->transform.runs, "run"),
           (double)run_ms / 1000, (double)run->plan_ms / 1000, (double)run->transform.ms / 1000);
}

static void say_unread(const Run *run)
{
    char objects[FIGURE_SIZE];
    if (run->unread_count > 0)
        fprintf(stderr, "%s did not load, though listed and unchanged. %s: %s\n",
                figure_things(objects, run->unread_count, "object"), run->unread_count > 1 ? "One of them" : "It",
                run->unread_reason);
}

static void print_summary(const Run *run, TableFormat format, int64_t run_ms)
{
    const ProgressCounts *all = &run->display.progress.total;
    int64_t held = run->display.progress.runs_open;
    int64_t settled = all->tasks - all->tasks_planned; /* with tasks that earlier runs left */
    const SummaryField fields[] = {
        {"run", run->plan.run, false},
        {"tasks", run->plan.tasks, false},
        {"tasks_settled", settled, false},
        {"objects", run->plan.objects, false},
        {"bytes", run->plan.bytes, false},
        {"objects_removed", run->plan.removed, false},
        {"objects_vanished", run->plan.vanished, false},
        {"locations_empty", (int64_t)run->emptiness.count, false},
        {"objects_unread", run->unread_count, false},
        {"rows", all->rows, false},
        {"rejects", all->rejects, false},
        {"tasks_failed", all->tasks_failed, false},
        {"tasks_refused", all->tasks_refused, false},
        {"runs_transformed", run->transform.runs, false},
        {"runs_held", held, false},
        {"plan_seconds", run->plan_ms, true},
        {"transform_seconds", run->transform.ms, true},
        {"seconds", run_ms, true},
    };
    summary_print(fields, sizeof fields / sizeof *fields, format);
    if (format == TABLE_TEXT)
        say_summary(run, settled, run_ms);
    size_t left_out = pass_left_out(run->gaps);
    if (left_out > 0)
        fprintf(stderr,
                "Datasets that could not be listed and were left out: %zu; mend what is said above, run again.\n",
                left_out);
    say_unread(run);
    fields_say(&run->fields);
    if (held > 0)
        fprintf(stderr,
                "Runs that wait: %" PRId64 ", for failed tasks: %" PRId64
                ", for tasks that no worker can begin: %" PRId64 "; copyfleet status tells why.\n",
                held, all->tasks_failed, all->tasks_refused);
}

/* Opens what the line needs, and runs it. A broker that is configured is asked at once, since nothing should be planned
 * that nobody can take. */
static bool run_fleet(Run *run, Error *error)
{
    run->is_embedded = !*run->config->kafka.bootstrap_servers;
    if (count_workers(run) > 0 && !local_fleet_has_program(error))
        return false;
    if (!coordinator_open(run->config, "", &run->coordinator, error) ||
        (!run->is_embedded && !connect_broker(run, error)))
        return false;
    run->coordinator.shows_attempts = true;
    return run_line(run, error);
}

/* After a signal it does not matter what the step says that it left. */
static int fail(Error *error)
{
    if (stop_is_requested())
        error_set(error, ERROR_INTERRUPTED, "interrupted; what is loaded stays, the next run goes on");
    return say_failure(error);
}

/* A dataset that could not be listed outweighs a run that is held, since nobody knows what is new there. To find
 * nothing is no success, and neither is an object that is there and did not load. */
static int exit_code(const Run *run)
{
    if (pass_left_out(run->gaps) > 0)
        return EXIT_SERVICE;
    bool is_clean = run->display.progress.runs_open == 0 && run->plan.listed > 0 && run->unread_count == 0;
    return is_clean ? EXIT_DONE : EXIT_FINDINGS;
}

int run_command(Config *config, const Options *options)
{
    Run run = {.config = config,
               .options = options,
               .company = {.wait_s = options->wait_s > 0 ? options->wait_s : WAIT_S_DEFAULT},
               .retry = {.backoff = config->fleet.backoff,
                         .tries_max = config->fleet.attempts_max + 1,
                         .service = "the next try",
                         .notice = show_again,
                         .context = &run}};
    Error error;
    int64_t begun_ms = clock_now_ms();
    display_open(&run.display);
    bool is_through = run_fleet(&run, &error);
    display_end(&run.display);
    if (is_through)
        print_summary(&run, options->format, clock_now_ms() - begun_ms);
    int code = is_through ? exit_code(&run) : fail(&error);
    local_fleet_stop(&run.fleet);
    result_done(&run.unread);
    result_done(&run.fields);
    emptiness_clear(&run.emptiness);
    coordinator_close(&run.coordinator);
    display_close(&run.display);
    return code;
}
