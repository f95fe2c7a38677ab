/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet-worker: takes tasks from Kafka and loads them, until it is told to stop. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/health.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "base/memory.h"
#include "base/retry.h"
#include "base/stop.h"
#include "base/thread.h"
#include "config/config.h"
#include "config/start.h"
#include "kafka/topics.h"
#include "ledger/ledger.h"
#include "worker/executor.h"
#include "worker/fleet.h"
#include "worker/prober.h"
#include "worker/usage.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_SERVICE = 3 };

#define ROLLBACK_MS_MAX 5000

typedef struct Options {
    const char *config;
    bool print_config;
} Options;

/* Returns the exit code if the program ends here, -1 if it goes on. */
static int parse_options(int argc, char **argv, Options *options)
{
    enum { CONFIG, LOG_LEVEL, LOG_FORMAT, PRINT_CONFIG };
    static const struct option long_options[] = {{"config", required_argument, NULL, CONFIG},
                                                 {"log-level", required_argument, NULL, LOG_LEVEL},
                                                 {"log-format", required_argument, NULL, LOG_FORMAT},
                                                 {"print-config", no_argument, NULL, PRINT_CONFIG},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {"version", no_argument, NULL, 'V'},
                                                 {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, ":hV", long_options, NULL)) != -1) {
        switch (option) {
        case CONFIG:
            options->config = optarg;
            break;
        case LOG_LEVEL:
            if (!start_take_log_level("copyfleet-worker", optarg))
                return EXIT_USAGE;
            break;
        case LOG_FORMAT:
            if (!start_take_log_format("copyfleet-worker", optarg))
                return EXIT_USAGE;
            break;
        case PRINT_CONFIG:
            options->print_config = true;
            break;
        case 'h':
            fputs(worker_usage, stdout);
            return EXIT_DONE;
        case 'V':
            puts("copyfleet-worker " COPYFLEET_VERSION);
            return EXIT_DONE;
        default:
            start_refuse_option("copyfleet-worker", argv, option, long_options);
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        fprintf(stderr, "copyfleet-worker: unexpected argument '%s'; --help shows what there is\n", argv[optind]);
    return optind < argc ? EXIT_USAGE : -1;
}

static void name_worker(Fleet *fleet)
{
    start_name_process(fleet->worker, sizeof fleet->worker);
    snprintf(fleet->session, sizeof fleet->session, FLEET_SESSION_PREFIX "%s", fleet->worker);
}

/* The worker is known before it can hold a claim. */
static bool enter_ledger(Fleet *fleet, Error *error)
{
    AUTO_CONNECTION connection = NULL;
    return connection_open(&fleet->config->warehouse, fleet->session, &connection, error) &&
           ledger_read_id(connection, fleet->ledger, error) && fleet_say_seen(fleet, connection, error);
}

/* Of a worker that ends before it has begun: it has no heartbeat yet, which does this at its end. */
static void leave_ledger(Fleet *fleet)
{
    AUTO_CONNECTION connection = NULL;
    Error ignored;
    bool is_known = *fleet->ledger && outage_state(&fleet->outages, SERVICE_WAREHOUSE, "") == OUTAGE_NONE;
    if (is_known && fleet_open_session(fleet, &connection, &ignored))
        fleet_say_end(fleet, connection);
}

static bool open_fleet(Fleet *fleet, Executor **executors, Error *error)
{
    const Config *config = fleet->config;
    if (!enter_ledger(fleet, error))
        return false;
    for (int i = 0; i < (int)config->fleet.executors; i++)
        if (!executor_open(fleet, i + 1, &executors[i], error))
            return false;
    int32_t partitions;
    if (!topics_ensure(&config->kafka, &partitions, error) ||
        !producer_open(&config->kafka, config->kafka.topic_reports, &fleet->producer, error))
        return false;
    if (!group_join(fleet, error))
        return false;
    fleet->heartbeat = heartbeat_start(fleet);
    fleet->prober = prober_start(fleet);
    return true;
}

static void close_fleet(Fleet *fleet, Executor **executors)
{
    for (int i = 0; i < (int)fleet->config->fleet.executors; i++) {
        executor_close(executors[i]);
        executors[i] = NULL;
    }
    Error ignored;
    if (fleet->producer && !producer_flush(fleet->producer, 1000, &ignored))
        log_event(LOG_WARNING, "reports.lost", LOG_TEXT("reason", ignored.message));
    group_leave(fleet);
    producer_close(take(fleet->producer));
}

/* A worker waits an outage out, outside of the group. False if it is told to stop, or if a person has to mend
 * something. */
static bool open_fleet_when_possible(Fleet *fleet, Executor **executors, Error *error)
{
    Retry retry = {.backoff = fleet->config->fleet.outage_backoff, .service = "a service"};
    while (!open_fleet(fleet, executors, error)) {
        close_fleet(fleet, executors);
        if (error->kind != ERROR_OUTAGE && error->kind != ERROR_RETRY)
            return false;
        outage_note_lost(&fleet->outages, error);
        outage_note_stuck(&fleet->outages);
        health_touch();
        if (!retry_wait(&retry, error))
            return false;
    }
    for (ErrorService service = SERVICE_NONE; service < ERROR_SERVICES; service++)
        outage_note_back(&fleet->outages, service, "");
    outage_note_work(&fleet->outages);
    return true;
}

static bool join_executors(Fleet *fleet, Executor **executors, int64_t wait_ms)
{
    if (!fleet_wait_for_executors(fleet, wait_ms))
        return false;
    for (int i = 0; i < (int)fleet->config->fleet.executors; i++)
        executor_join(executors[i]);
    return true;
}

/* Running tasks may finish for shutdown_s, and nobody waits for a service any more; then they roll back. What hangs
 * even then is ended with the process, and the end of its session rolls back. */
static void stop_executors(Fleet *fleet, Executor **executors)
{
    log_event(LOG_INFO, "worker.stopping", LOG_NUMBER("running", fleet_count_running(fleet)));
    work_queue_close(&fleet->queue);
    isolation_close(&fleet->isolation);
    outage_close(&fleet->outages);
    if (join_executors(fleet, executors, fleet->config->fleet.shutdown.ms))
        return;
    atomic_store(&fleet->interrupt, true);
    if (join_executors(fleet, executors, ROLLBACK_MS_MAX))
        return;
    log_event(LOG_WARNING, "worker.killed", LOG_TEXT("reason", "a task did not roll back in time"));
    log_writer_flush(LOG_WRITER_FLUSH_MS);
    _exit(EXIT_SERVICE);
}

static void init_fleet(Fleet *fleet)
{
    name_worker(fleet);
    log_set_context(LOG_TEXT("worker", fleet->worker));
    group_init(&fleet->group);
    work_queue_init(&fleet->queue);
    outage_init(&fleet->outages, fleet->config->fleet.outage_backoff, fleet->config->fleet.backoff);
    vigil_init(&fleet->vigil, (int)fleet->config->fleet.executors);
    refused_datasets_init(&fleet->refused_datasets, fleet->config);
    isolation_init(&fleet->isolation, &fleet->vigil);
    pthread_mutex_init(&fleet->running_lock, NULL);
    thread_init_condition(&fleet->ended);
}

static void done_fleet(Fleet *fleet)
{
    pthread_cond_destroy(&fleet->ended);
    pthread_mutex_destroy(&fleet->running_lock);
    isolation_done(&fleet->isolation);
    vigil_done(&fleet->vigil);
    outage_done(&fleet->outages);
    refused_datasets_done(&fleet->refused_datasets);
    work_queue_done(&fleet->queue);
    group_done(&fleet->group);
}

static int exit_code(Fleet *fleet)
{
    return atomic_load(&fleet->is_fatal) ? EXIT_SERVICE : EXIT_DONE;
}

/* open → take messages until stopped → let the running tasks end → close. */
static int run(const Config *config)
{
    Fleet fleet = {.config = config};
    init_fleet(&fleet);
    AUTO_FREE Executor **executors = memory_alloc_zeroed((size_t)config->fleet.executors, sizeof *executors);
    Error error;
    if (open_fleet_when_possible(&fleet, executors, &error)) {
        for (int i = 0; i < (int)config->fleet.executors; i++)
            executor_start(executors[i]);
        log_event(LOG_INFO, "worker.started", LOG_NUMBER("executors", config->fleet.executors),
                  LOG_TEXT("version", COPYFLEET_VERSION));
        group_poll(&fleet);
        stop_executors(&fleet, executors);
        log_event(LOG_INFO, "worker.stopped", LOG_NUMBER("signal", stop_signal()));
        bool is_quiet = prober_stop(take(fleet.prober));
        close_fleet(&fleet, executors);
        if (!heartbeat_stop(take(fleet.heartbeat)) || !is_quiet) {
            log_writer_flush(LOG_WRITER_FLUSH_MS);
            _exit(exit_code(&fleet));
        }
    } else {
        if (error.kind != ERROR_INTERRUPTED)
            fleet_fail(&fleet, &error);
        leave_ledger(&fleet);
    }
    done_fleet(&fleet);
    return exit_code(&fleet);
}

static int print_config(const char *path)
{
    AUTO_CONFIG config = {0};
    if (!start_config("copyfleet-worker", path, &config))
        return EXIT_USAGE;
    config_print(&config, stdout);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    Options options = {0};
    AUTO_CONFIG config = {0};
    start_process();
    int code = parse_options(argc, argv, &options);
    if (code >= 0)
        return code;
    if (options.print_config)
        return print_config(options.config);
    if (!start_config_needed("copyfleet-worker", options.config, &config))
        return EXIT_USAGE;
    Error error;
    if (!health_begin(config.fleet.health_file, &error)) {
        fprintf(stderr, "copyfleet-worker: %s\n", error.message);
        return EXIT_USAGE;
    }
    code = run(&config);
    health_end();
    return code;
}
