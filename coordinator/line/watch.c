/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet watch: list → plan → dispatch → collect → transform, round after round, until it is told to stop. What may
 * pass is waited out; how far all is stands in the ledger, so a watch may die at any time, and there may be several. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/health.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "base/stop.h"
#include "commands/commands.h"
#include "config/backoff.h"
#include "config/start.h"
#include "ledger/record.h"
#include "line/absence.h"
#include "line/coordinator.h"
#include "line/heartbeat.h"
#include "line/holds.h"
#include "line/pass.h"
#include "line/troubles.h"

/* How soon the ledger is looked at where no report comes. */
#define ROUND_MS 1000

typedef struct Watch {
    Config *config;
    const char *config_path;
    Heartbeat heartbeat;
    Troubles troubles;
    Error failure; /* what a person has to mend, at the end */
    Coordinator coordinator;
    bool is_open;
    int64_t round_at_ms;
    int64_t pass_at_ms;
    int64_t full_pass_at_ms;
    int64_t event_pass_at_ms;
    int64_t retry_pass_at_ms; /* no pass before, because the last one failed */
    unsigned pass_failures;   /* in a row */
    unsigned round_failures;
    Absences absences;     /* no pass looks at them */
    Emptiness emptiness;   /* of the last full pass, as it was logged */
    Holds holds;           /* as they were logged last */
    bool forgets_unlisted; /* what was found out with another configuration, or by another process */
} Watch;

static void close_coordinator(Watch *watch)
{
    if (watch->is_open)
        coordinator_close(&watch->coordinator);
    watch->is_open = false;
}

static bool has_horizon(const Config *config)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        if (*config->datasets[i].start_after)
            return true;
    return false;
}

/* Which pass is due now, if any; each looks at what events have named. Where they named more than is looked at one by
 * one, what is behind the horizon is. */
static bool find_reach(const Watch *watch, PassReach *out_reach)
{
    int64_t now_ms = clock_now_ms();
    const Events *events = &watch->coordinator.events;
    bool is_due = now_ms >= watch->pass_at_ms, is_full_due = now_ms >= watch->full_pass_at_ms;
    bool is_event_due = events_has_any(events) && now_ms >= watch->event_pass_at_ms;
    *out_reach = !is_due && !is_full_due && !events->is_overflown ? PASS_EVENTS
                 : is_full_due || !has_horizon(watch->config)     ? PASS_FULL
                                                                  : PASS_HORIZON;
    return now_ms >= watch->retry_pass_at_ms && (is_due || is_full_due || is_event_due);
}

/* Counted from the end of the pass: one that takes longer than its interval leaves the rounds some time. Events, which
 * anybody may forge, have a tenth of the time. */
static void set_next_pass(Watch *watch, PassReach reach, int64_t pass_ms)
{
    const Config *config = watch->config;
    int64_t now_ms = clock_now_ms();
    int64_t gap_ms = config->event_pass_gap_ms > 9 * pass_ms ? config->event_pass_gap_ms : 9 * pass_ms;
    watch->event_pass_at_ms = now_ms + gap_ms;
    if (reach != PASS_EVENTS)
        watch->pass_at_ms = now_ms + config->pass_interval_s * 1000;
    if (reach == PASS_FULL)
        watch->full_pass_at_ms = now_ms + config->full_pass_interval_s * 1000;
}

static void log_pass(PassReach reach, const PlanSummary *summary, int64_t ms)
{
    static const char *const names[] = {[PASS_FULL] = "full", [PASS_HORIZON] = "horizon", [PASS_EVENTS] = "events"};
    log_event(LOG_INFO, "pass.done", LOG_TEXT("reach", names[reach]), LOG_NUMBER("listed", summary->listed),
              LOG_NUMBER("run", summary->run), LOG_NUMBER("tasks", summary->tasks),
              LOG_NUMBER("objects", summary->objects), LOG_NUMBER("bytes", summary->bytes),
              LOG_NUMBER("removed", summary->removed), LOG_NUMBER("vanished", summary->vanished), LOG_NUMBER("ms", ms));
}

/* dispatch → transform, once. The next is due when as much time again is over, so that what goes on beside it has half
 * of it. */
static bool serve(Watch *watch, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    TransformSummary transform;
    Coordinator *coordinator = &watch->coordinator;
    bool is_served = coordinator_round(coordinator, &transform, error);
    watch->round_at_ms = clock_now_ms() + ROUND_MS + (clock_now_ms() - begun_ms);
    if (!is_served)
        return false;
    if (transform.runs > 0)
        log_event(LOG_INFO, "transform.done", LOG_NUMBER("runs", transform.runs),
                  LOG_NUMBER("first_run", transform.first_run), LOG_NUMBER("last_run", transform.last_run),
                  LOG_NUMBER("ms", transform.ms));
    return holds_say(&watch->holds, coordinator->connection, &coordinator->standing, error);
}

/* A deadlock, a lock, a transform that the data fail: the sessions are as good as before. */
static bool is_passing(const Watch *watch, const Error *error)
{
    return watch->is_open && error->kind != ERROR_FATAL && error->kind != ERROR_INTERRUPTED &&
           error->service != SERVICE_KAFKA && connection_is_open(watch->coordinator.connection);
}

/* What is planned goes on while a long listing is under way. What ends a round then is no failure of the dataset that
 * is listed: it is said to be of the warehouse, which all datasets need. */
static bool serve_meanwhile(void *context, Error *error)
{
    Watch *watch = context;
    health_touch();
    if (clock_now_ms() < watch->round_at_ms || serve(watch, error))
        return true;
    if (!is_passing(watch, error)) {
        error->service = error->service == SERVICE_NONE ? SERVICE_WAREHOUSE : error->service;
        return false;
    }
    troubles_say_failed(&watch->troubles, &watch->heartbeat, error);
    watch->round_at_ms += backoff_next_ms(backoff_of_retry(watch->config), watch->round_failures++);
    return true;
}

/* Said once, until something of it changes. */
static void say_emptiness(Watch *watch, Emptiness *now)
{
    if (!emptiness_equals(&watch->emptiness, now))
        for (size_t i = 0; i < now->count; i++)
            log_event(LOG_WARNING, "dataset.empty", LOG_TEXT("reason", now->sentences[i]));
    emptiness_clear(&watch->emptiness);
    watch->emptiness = *now;
    *now = (Emptiness){0};
}

/* What may pass is asked for between the passes; where a person has to mend something, each pass finds out soon. */
static void leave_out(void *context, const Dataset *dataset, const Error *reason)
{
    Watch *watch = context;
    bool is_lasting = reason->kind == ERROR_FATAL;
    Error ignored; /* the next statement meets a session that was lost */
    if (!record_unlisted(watch->coordinator.connection, dataset->name, reason->message, &ignored))
        log_event(LOG_DEBUG, "round.failed", LOG_TEXT("reason", ignored.message));
    log_event(is_lasting ? LOG_ERROR : LOG_WARNING, "dataset.unlisted", LOG_TEXT("reason", reason->message));
    if (!is_lasting)
        absences_add(&watch->absences, watch->config, (size_t)(dataset - watch->config->datasets));
}

/* What events told of a dataset that was absent is looked for, too. */
static bool look_for_absent(Watch *watch, Error *error)
{
    bool is_back;
    if (!absences_look(&watch->absences, watch->config, watch->coordinator.s3, &is_back, error))
        return false;
    if (is_back)
        watch->full_pass_at_ms = 0;
    return true;
}

/* A pass that S3 fails for all datasets is tried again later, and the rounds go on meanwhile. */
static bool pass(Watch *watch, PassReach reach, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    Coordinator *coordinator = &watch->coordinator;
    AUTO_EMPTINESS emptiness = {0};
    const Pass order = {.config = watch->config,
                        .s3 = coordinator->s3,
                        .reach = reach,
                        .events = &coordinator->events,
                        .absences = &watch->absences,
                        .leave_out = leave_out,
                        .emptiness = &emptiness,
                        .context = watch};
    PlanSummary summary;
    PassGaps gaps;
    if (!pass_run(&order, coordinator->connection, &summary, &gaps, error)) {
        if (error->service != SERVICE_S3 || error->kind == ERROR_FATAL || error->kind == ERROR_INTERRUPTED)
            return false;
        troubles_say_lost(&watch->troubles, &watch->heartbeat, error);
        watch->retry_pass_at_ms =
            clock_now_ms() + backoff_next_ms(backoff_of_outage(watch->config), watch->pass_failures++);
        return true;
    }
    int64_t pass_ms = clock_now_ms() - begun_ms;
    log_pass(reach, &summary, pass_ms);
    if (reach == PASS_FULL)
        say_emptiness(watch, &emptiness);
    watch->pass_failures = 0;
    events_clear(&coordinator->events);
    set_next_pass(watch, reach, gaps.passing > 0 ? 0 : pass_ms); /* what was waited for in vain is no work */
    return true;
}

static bool pass_when_due(Watch *watch, Error *error)
{
    PassReach reach;
    return look_for_absent(watch, error) && (!find_reach(watch, &reach) || pass(watch, reach, error));
}

static bool open_coordinator(Watch *watch, Error *error)
{
    if (watch->is_open)
        return true;
    watch->is_open = coordinator_open(watch->config, &watch->coordinator, error);
    if (!watch->is_open)
        return false;
    s3_set_meanwhile(watch->coordinator.s3, serve_meanwhile, watch);
    s3_set_tries(watch->coordinator.s3, 1);
    if (watch->forgets_unlisted && !record_unlisted_forgotten(watch->coordinator.connection, error))
        return false;
    watch->forgets_unlisted = false;
    return true;
}

/* One round: look for what is new, dispatch what is due, transform what is complete. The sweep comes first: it ends
 * what holds a lock that the others would wait for. */
static bool watch_round(Watch *watch, Error *error)
{
    if (!open_coordinator(watch, error) || !coordinator_sweep(&watch->coordinator, error) ||
        !pass_when_due(watch, error) || !serve(watch, error))
        return false;
    watch->round_failures = 0;
    if (watch->pass_failures == 0)
        troubles_say_over(&watch->troubles, &watch->heartbeat);
    return true;
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until a report, an event or the next pass, but not for longer than a round. */
static bool wait_for_news(Watch *watch, Error *error)
{
    int64_t now_ms = clock_now_ms();
    int64_t next_ms = min_of(watch->pass_at_ms, watch->full_pass_at_ms);
    if (events_has_any(&watch->coordinator.events))
        next_ms = min_of(next_ms, watch->event_pass_at_ms);
    if (next_ms < watch->retry_pass_at_ms)
        next_ms = watch->retry_pass_at_ms;
    int64_t wait_ms = min_of(next_ms - now_ms, ROUND_MS);
    return wait_ms <= 0 || coordinator_wait(&watch->coordinator, (int)wait_ms, error);
}

/* A broker that outlives us is what the fleet meets at. */
static bool check_config(const Config *config, Error *error)
{
    return *config->bootstrap_servers ||
           error_set(error, ERROR_FATAL, "[KAFKA] BOOTSTRAP_SERVERS is empty; watch needs a broker that outlives it");
}

static void use_config(Watch *watch, Config *config)
{
    close_coordinator(watch);
    config_done(watch->config);
    *watch->config = *config;
    *config = (Config){0};
    start_log(watch->config);
    heartbeat_read_config(&watch->heartbeat);
    watch->forgets_unlisted = true;
    absences_begin(&watch->absences, watch->config->dataset_count);
    watch->pass_at_ms = watch->full_pass_at_ms = watch->retry_pass_at_ms = 0;
    log_event(LOG_INFO, "config.read");
}

/* SIGHUP: a configuration with mistakes leaves the old one in place. */
static void read_config(Watch *watch)
{
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    Error error;
    if (config_load(watch->config_path, &config, &mistakes, &error) && check_config(&config, &error))
        use_config(watch, &config);
    else
        log_event(LOG_ERROR, "config.refused", LOG_TEXT("reason", error.message),
                  LOG_TEXT("mistakes", mistakes ? mistakes : ""));
}

/* Which session was lost does not matter: all are opened anew, and what events told meanwhile is looked for. */
static void begin_anew(Watch *watch)
{
    close_coordinator(watch);
    watch->pass_at_ms = 0;
    if (*watch->config->topic_s3_events)
        watch->full_pass_at_ms = 0;
}

/* False where a person has to mend something. */
static bool recover(Watch *watch, const Error *error)
{
    if (error->kind == ERROR_INTERRUPTED)
        return true;
    if (error->kind == ERROR_FATAL) {
        log_event(LOG_ERROR, "watch.failed", LOG_TEXT("reason", error->message));
        watch->failure = *error;
        return false;
    }
    Backoff backoff;
    if (is_passing(watch, error)) {
        troubles_say_failed(&watch->troubles, &watch->heartbeat, error);
        backoff = backoff_of_retry(watch->config);
    } else {
        troubles_say_lost(&watch->troubles, &watch->heartbeat, error);
        begin_anew(watch);
        backoff = backoff_of_outage(watch->config);
    }
    stop_wait_ms(backoff_next_ms(backoff, watch->round_failures++));
    return true;
}

static int watch_rounds(Watch *watch)
{
    Error error;
    while (!stop_is_requested()) {
        health_touch();
        if (stop_take_hangup())
            read_config(watch);
        bool is_through = watch_round(watch, &error) && wait_for_news(watch, &error);
        if (!is_through && !recover(watch, &error))
            return EXIT_SERVICE;
    }
    return EXIT_DONE;
}

int command_watch(Config *config, const Options *options)
{
    Error error;
    if (!check_config(config, &error) || !health_begin(config->health_file, &error)) {
        fprintf(stderr, "copyfleet: %s\n", error.message);
        return EXIT_USAGE;
    }
    stop_catch_hangup();
    Watch watch = {.config = config, .config_path = options->config, .forgets_unlisted = true};
    absences_begin(&watch.absences, config->dataset_count);
    log_event(LOG_INFO, "watch.started", LOG_NUMBER("datasets", config->dataset_count),
              LOG_TEXT("version", COPYFLEET_VERSION));
    heartbeat_start(&watch.heartbeat, options->config);
    int code = watch_rounds(&watch);
    close_coordinator(&watch);
    holds_done(&watch.holds);
    absences_done(&watch.absences);
    emptiness_clear(&watch.emptiness);
    health_end();
    log_event(LOG_INFO, "watch.stopped", LOG_NUMBER("signal", stop_signal()));
    if (!heartbeat_stop(&watch.heartbeat, code == EXIT_DONE ? NULL : &watch.failure)) {
        log_writer_flush(LOG_WRITER_FLUSH_MS);
        _exit(code);
    }
    return code;
}
