/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet watch: list → plan → dispatch → collect → transform, round after round, until it is told to stop.
 *
 * watch_rounds() is its life, and watch_round() one round: open the sessions if there are none, end what holds a lock,
 * look at the bucket if a pass is due (line/schedule.h), publish what is due, transform what is complete. Then it waits
 * for a report, an event or the next pass. While a pass waits for S3 the rounds go on from inside of it
 * (serve_meanwhile). A round that fails is judged in recover(): what may pass is waited out, and only what a person has
 * to mend ends the watch. How far the runs are stands in the ledger, so a watch may die at any instruction, and there
 * may be several. SIGHUP lets it read its configuration again between two rounds (line/watch_config.h). */
#include "line/watch.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/health.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "base/retry.h"
#include "base/stop.h"
#include "config/start.h"
#include "ledger/record.h"
#include "line/absence.h"
#include "line/coordinator.h"
#include "line/heartbeat.h"
#include "line/holds.h"
#include "line/pass.h"
#include "line/schedule.h"
#include "line/troubles.h"
#include "line/watch_config.h"

/* How soon the watch looks at the ledger if no report comes. */
#define ROUND_MS 1000

/* How often the watch asks for Kafka, and how long an answer may take; the rounds wait meanwhile. */
#define KAFKA_INTERVAL_MS LIMIT_OUTAGE_WAIT_MS
#define KAFKA_PROBE_MS 2000

typedef struct Watch {
    Config *config;
    const char *config_path;
    char ledger[LEDGER_ID_SIZE]; /* that the watch began with; "": it has not found one yet */
    Heartbeat heartbeat;
    Troubles troubles;
    Error failure; /* what a person has to mend, at the end */
    Error refusal; /* of the configuration that SIGHUP was to bring; no message: it is in force */
    Coordinator coordinator;
    bool is_open;
    bool has_worked; /* a round was through: what is denied from now on is waited for */
    Schedule schedule;
    int64_t round_at_ms;
    int64_t kafka_at_ms;     /* the watch asks for it next */
    unsigned round_failures; /* in a row */
    Absences absences;       /* no pass looks at these datasets */
    Emptiness emptiness;     /* of the last full pass, as it was logged */
    Holds holds;             /* as they were logged last */
    bool forgets_unlisted;   /* the ledger still has what another configuration, or another process, found out */
} Watch;

static void close_coordinator(Watch *watch)
{
    if (watch->is_open)
        coordinator_close(&watch->coordinator);
    watch->is_open = false;
}

static void log_pass(PassReach reach, const PlanSummary *summary, int64_t ms)
{
    static const char *const names[] = {[PASS_FULL] = "full", [PASS_HORIZON] = "horizon", [PASS_EVENTS] = "events"};
    log_event(LOG_INFO, "pass.done", LOG_TEXT("reach", names[reach]), LOG_NUMBER("listed", summary->listed),
              LOG_NUMBER("run", summary->run), LOG_NUMBER("tasks", summary->tasks),
              LOG_NUMBER("objects", summary->objects), LOG_NUMBER("bytes", summary->bytes),
              LOG_NUMBER("removed", summary->removed), LOG_NUMBER("vanished", summary->vanished), LOG_NUMBER("ms", ms));
}

/* A watch that has nothing to publish has to ask, or it would not find out. What needs no Kafka goes on. */
static bool look_for_kafka(Watch *watch, Error *error)
{
    if (clock_now_ms() < watch->kafka_at_ms)
        return true;
    bool is_there = producer_probe(watch->coordinator.producer, KAFKA_PROBE_MS, error);
    if (!is_there && error->kind != ERROR_OUTAGE)
        return false;
    watch->kafka_at_ms = clock_now_ms() + KAFKA_INTERVAL_MS;
    if (!is_there)
        troubles_say_lost(&watch->troubles, error);
    else if (troubles_misses(&watch->troubles, SERVICE_KAFKA)) {
        troubles_note_answer(&watch->troubles, SERVICE_KAFKA);
        schedule_look_again(&watch->schedule, watch->config);
    }
    return true;
}

/* dispatch → transform, once. The next round is due ROUND_MS after a pause as long as this one took, so that a listing
 * that goes on beside the rounds has half of the time. */
static bool serve(Watch *watch, Error *error)
{
    int64_t begun_ms = clock_now_ms();
    TransformSummary transform;
    Coordinator *coordinator = &watch->coordinator;
    heartbeat_set_step(&watch->heartbeat, "the dispatch");
    bool is_served = coordinator_dispatch(coordinator, error);
    heartbeat_set_step(&watch->heartbeat, "the transform");
    is_served = is_served && coordinator_transform(coordinator, &transform, error);
    watch->round_at_ms = clock_now_ms() + ROUND_MS + (clock_now_ms() - begun_ms);
    if (!is_served)
        return false;
    if (transform.runs > 0)
        log_event(LOG_INFO, "transform.done", LOG_NUMBER("runs", transform.runs),
                  LOG_NUMBER("first_run", transform.first_run), LOG_NUMBER("last_run", transform.last_run),
                  LOG_NUMBER("ms", transform.ms));
    return holds_say(&watch->holds, coordinator->connection, &coordinator->standing, error) &&
           look_for_kafka(watch, error);
}

/* Whether the failure leaves the sessions intact: a deadlock, a lock, or data that a transform cannot take. */
static bool is_passing(const Watch *watch, const Error *error)
{
    return watch->is_open && !error_is_lasting(error) && error->kind != ERROR_INTERRUPTED &&
           error->service != SERVICE_KAFKA && connection_is_open(watch->coordinator.connection);
}

/* Rounds go on during a long listing. A round's failure is not the listed dataset's, so it becomes the warehouse's,
 * which all datasets need. */
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
    troubles_say_failed(&watch->troubles, error);
    watch->round_at_ms += retry_next_ms(watch->config->fleet.backoff, watch->round_failures++);
    return true;
}

/* It is said once, until something of it changes. */
static void say_emptiness(Watch *watch, Emptiness *now)
{
    if (!emptiness_equals(&watch->emptiness, now))
        for (size_t i = 0; i < now->count; i++)
            log_event(LOG_WARNING, "dataset.empty", LOG_TEXT("reason", now->sentences[i]));
    emptiness_clear(&watch->emptiness);
    watch->emptiness = *now;
    *now = (Emptiness){0};
}

/* If the reason may pass, the watch asks for the dataset between the passes (line/absence.h). If a person has to mend
 * something, each pass finds out soon whether that is done. */
static void leave_out(void *context, const Dataset *dataset, const Error *reason)
{
    Watch *watch = context;
    bool is_lasting = error_is_lasting(reason);
    Error ignored; /* the next statement finds out if the session is lost */
    if (!record_unlisted(watch->coordinator.connection, dataset->name, reason->message, &ignored))
        log_event(LOG_DEBUG, "round.failed", LOG_TEXT("reason", ignored.message));
    log_event(is_lasting ? LOG_ERROR : LOG_WARNING, "dataset.unlisted", LOG_TEXT("reason", reason->message));
    if (!is_lasting)
        absence_add(&watch->absences, watch->config, (size_t)(dataset - watch->config->datasets));
}

/* If a dataset is back, a full pass also finds what events told of it meanwhile. */
static bool look_for_absent(Watch *watch, Error *error)
{
    bool is_back;
    if (!absence_look(&watch->absences, watch->config, watch->coordinator.s3, &is_back, error))
        return false;
    if (is_back)
        schedule_look_at_all(&watch->schedule);
    return true;
}

static void note_progress(void *context, PassStep step, int64_t listed)
{
    (void)listed;
    Watch *watch = context;
    heartbeat_set_step(&watch->heartbeat, step == PASS_LISTING ? "the listing" : "the plan");
    heartbeat_expect_pass(&watch->heartbeat, clock_now_ms());
}

/* Nothing works until a person has mended something. A denial counts only until a first round was through: a watch that
 * has worked waits it out. */
static bool is_final(const Watch *watch, const Error *error)
{
    return error->kind == ERROR_FATAL || (error->kind == ERROR_DENIED && !watch->has_worked);
}

/* If S3 fails a pass for all datasets, the pass is tried again later, and the rounds go on meanwhile. */
static bool put_off_pass(Watch *watch, Error *error)
{
    if (error->service != SERVICE_S3 || is_final(watch, error) || error->kind == ERROR_INTERRUPTED)
        return false;
    troubles_say_lost(&watch->troubles, error);
    schedule_note_failure(&watch->schedule, watch->config);
    heartbeat_expect_pass(&watch->heartbeat, watch->schedule.retry.due_ms);
    return true;
}

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
                        .on_step = note_progress,
                        .emptiness = &emptiness,
                        .context = watch};
    PlanSummary summary;
    PassGaps gaps;
    if (!pass_run(&order, coordinator->connection, &summary, &gaps, error))
        return put_off_pass(watch, error);
    int64_t pass_ms = clock_now_ms() - begun_ms;
    log_pass(reach, &summary, pass_ms);
    if (reach == PASS_FULL)
        say_emptiness(watch, &emptiness);
    events_clear(&coordinator->events);
    /* A pass that waited in vain for a dataset did not work for all of that time. */
    schedule_note_pass(&watch->schedule, watch->config, reach, gaps.passing > 0 ? 0 : pass_ms);
    heartbeat_expect_pass(&watch->heartbeat, schedule_next_ms(&watch->schedule, &coordinator->events));
    return true;
}

static bool pass_when_due(Watch *watch, Error *error)
{
    PassReach reach;
    if (!look_for_absent(watch, error))
        return false;
    bool is_due = schedule_find_reach(&watch->schedule, watch->config, &watch->coordinator.events, &reach);
    return !is_due || pass(watch, reach, error);
}

/* The ledger is known before Kafka and S3 are asked, so that the heartbeat can say that these are away. */
static bool enter_ledger(Watch *watch, Error *error)
{
    AUTO_CONNECTION connection = NULL;
    if (*watch->ledger)
        return true;
    if (!coordinator_open_session(&watch->config->warehouse, watch->ledger, &connection, error))
        return false;
    heartbeat_set_ledger(&watch->heartbeat, watch->ledger);
    return true;
}

static bool open_coordinator(Watch *watch, Error *error)
{
    if (watch->is_open)
        return true;
    AUTO_COORDINATOR coordinator = {0};
    if (!enter_ledger(watch, error) || !coordinator_open(watch->config, watch->ledger, &coordinator, error) ||
        !coordinator_connect(&coordinator, error))
        return false;
    watch->coordinator = coordinator;
    coordinator = (Coordinator){0};
    watch->is_open = true;
    s3_set_meanwhile(watch->coordinator.s3, serve_meanwhile, watch);
    s3_set_tries(watch->coordinator.s3, 1);
    if (watch->forgets_unlisted && !record_unlisted_forgotten(watch->coordinator.connection, error))
        return false;
    watch->forgets_unlisted = false;
    troubles_note_answer(&watch->troubles, SERVICE_KAFKA); /* its topics were looked at */
    return true;
}

/* One round: look for what is new, dispatch what is due, transform what is complete. The sweep comes first, since it
 * ends what holds a lock that the other steps would wait for. */
static bool watch_round(Watch *watch, Error *error)
{
    if (!open_coordinator(watch, error) || !coordinator_sweep(&watch->coordinator, error) ||
        !pass_when_due(watch, error) || !serve(watch, error))
        return false;
    coordinator_tidy(&watch->coordinator);
    watch->round_failures = 0;
    if (watch->schedule.retry.tries > 0)
        return true;
    watch->has_worked = true;
    if (!troubles_misses(&watch->troubles, SERVICE_KAFKA))
        troubles_say_over(&watch->troubles, *watch->refusal.message ? &watch->refusal : NULL);
    return true;
}

/* Waits for a report, an event or the next pass, but not for longer than a round. */
static bool wait_for_news(Watch *watch, Error *error)
{
    int64_t wait_ms = schedule_next_ms(&watch->schedule, &watch->coordinator.events) - clock_now_ms();
    if (wait_ms > ROUND_MS)
        wait_ms = ROUND_MS;
    return wait_ms <= 0 || coordinator_wait(&watch->coordinator, (int)wait_ms, error);
}

/* SIGHUP. A configuration with mistakes leaves the old one in place, and copyfleet status says so. The new one may name
 * another warehouse, so the watch begins again with the ledger that is there. */
static void read_config(Watch *watch)
{
    Config config;
    if (!watch_config_read(watch->config_path, &config, &watch->refusal))
        return;
    close_coordinator(watch);
    Config former = *watch->config;
    *watch->config = config;
    *watch->ledger = '\0';
    heartbeat_set_config(&watch->heartbeat, &watch->config->warehouse, &former);
    start_log(watch->config);
    watch->forgets_unlisted = true;
    watch->refusal = (Error){0};
    absence_begin(&watch->absences, watch->config->dataset_count);
    watch->schedule = (Schedule){0};
    log_event(LOG_INFO, "config.read");
}

/* Which session was lost does not matter: all of them are opened again, and a pass finds what events told meanwhile. */
static void begin_again(Watch *watch)
{
    close_coordinator(watch);
    schedule_look_again(&watch->schedule, watch->config);
}

/* False if a person has to mend something. */
static bool recover(Watch *watch, const Error *error)
{
    if (error->kind == ERROR_INTERRUPTED)
        return true;
    if (is_final(watch, error)) {
        log_event(LOG_ERROR, "watch.failed", LOG_TEXT("reason", error->message));
        watch->failure = *error;
        return false;
    }
    Backoff backoff;
    if (is_passing(watch, error)) {
        troubles_say_failed(&watch->troubles, error);
        backoff = watch->config->fleet.backoff;
    } else {
        troubles_say_lost(&watch->troubles, error);
        begin_again(watch);
        backoff = watch->config->fleet.outage_backoff;
    }
    stop_wait_ms(retry_next_ms(backoff, watch->round_failures++));
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

int watch_command(Config *config, const Options *options)
{
    Error error;
    if (!watch_config_check(config, &error) || !health_begin(config->fleet.health_file, &error)) {
        fprintf(stderr, "copyfleet: %s\n", error.message);
        return EXIT_USAGE;
    }
    stop_catch_hangup();
    Watch watch = {.config = config, .config_path = options->config, .forgets_unlisted = true};
    absence_begin(&watch.absences, config->dataset_count);
    log_event(LOG_INFO, "watch.started", LOG_NUMBER("datasets", config->dataset_count),
              LOG_TEXT("version", COPYFLEET_VERSION));
    heartbeat_start(&watch.heartbeat, &config->warehouse);
    troubles_init(&watch.troubles, &watch.heartbeat, config);
    int code = watch_rounds(&watch);
    close_coordinator(&watch);
    troubles_done(&watch.troubles);
    holds_done(&watch.holds);
    absence_done(&watch.absences);
    emptiness_clear(&watch.emptiness);
    health_end();
    log_event(LOG_INFO, "watch.stopped", LOG_NUMBER("signal", stop_signal()));
    if (!heartbeat_stop(&watch.heartbeat, code == EXIT_DONE ? NULL : &watch.failure)) {
        log_writer_flush(LOG_WRITER_FLUSH_MS);
        _exit(code);
    }
    return code;
}
