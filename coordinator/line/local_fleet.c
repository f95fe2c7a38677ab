/* SPDX-License-Identifier: Apache-2.0 */
#include "line/local_fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"

/* A line of log has 4 KiB. */
#define LINE_BYTES_MAX (16 * KIB)

/* What workers may write while nobody reads it, as in a long transform, before they have to wait. */
#define OUTPUT_BYTES (1 * MIB)

bool local_fleet_start_broker(LocalFleet *fleet, Config *config, Error *error)
{
    if (fleet->has_broker)
        return true;
    if (!broker_open(&config->kafka, error))
        return false;
    fleet->has_broker = true;
    free(config->kafka.bootstrap_servers);
    config->kafka.bootstrap_servers = memory_copy_text(broker_address());
    return true;
}

static bool find_worker_program(char path[PATH_MAX], Error *error)
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof "-worker");
    if (length < 0)
        return error_set(error, ERROR_FATAL, "cannot find this program's own file: %s", strerror(errno));
    memcpy(path + length, "-worker", sizeof "-worker");
    return access(path, X_OK) == 0 ||
           error_set(error, ERROR_FATAL, "there is no worker program %s: %s", path, strerror(errno));
}

bool local_fleet_has_program(Error *error)
{
    char program[PATH_MAX];
    return find_worker_program(program, error);
}

/* In the child. The worker must end with us, whatever we die of. */
_Noreturn static void become_worker(const char *program, const char *config_path, pid_t parent, int output)
{
    if (dup2(output, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    setpgid(0, 0); /* Ctrl-C is for the coordinator, which then ends its workers */
    if (config_path)
        execl(program, program, "--config", config_path, (char *)NULL);
    else
        execl(program, program, (char *)NULL);
    _exit(EXIT_FAILURE);
}

/* *out_output is the end that the workers write to. */
static bool open_output(LocalFleet *fleet, int *out_output, Error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return error_set(error, ERROR_FATAL, "cannot listen to workers: %s", strerror(errno));
    (void)!fcntl(ends[0], F_SETPIPE_SZ, OUTPUT_BYTES); /* without the right to it, 64 KiB */
    fleet->output = ends[0];
    buffer_init(&fleet->heard, LINE_BYTES_MAX);
    *out_output = ends[1];
    return true;
}

static bool fork_workers(LocalFleet *fleet, const char *program, const char *config_path, int count, int output,
                         Error *error)
{
    pid_t parent = getpid();
    for (int i = 0; i < count; i++) {
        pid_t process = fork();
        if (process < 0)
            return error_set(error, ERROR_FATAL, "cannot start a worker: %s", strerror(errno));
        if (process == 0)
            become_worker(program, config_path, parent, output);
        fleet->workers[fleet->worker_count++] = process;
    }
    return true;
}

bool local_fleet_start_workers(LocalFleet *fleet, const Config *config, const char *config_path, int count,
                               Error *error)
{
    char program[PATH_MAX];
    int output = -1;
    if (count == 0)
        return true;
    if (!find_worker_program(program, error) || !open_output(fleet, &output, error))
        return false;
    fleet->workers = memory_alloc_zeroed((size_t)count, sizeof *fleet->workers);
    /* For the children, which must say only what matters while a bar is shown. It is set before the fork, since no
     * memory may be allocated after it. */
    setenv("COPYFLEET_KAFKA_BOOTSTRAP_SERVERS", config->kafka.bootstrap_servers, 1);
    if (fleet->has_broker)
        setenv("COPYFLEET_KAFKA_CONSUMER_GROUP", KAFKA_NO_GROUP, 1);
    fleet->tells_all = getenv("COPYFLEET_FLEET_LOG_LEVEL");
    setenv("COPYFLEET_FLEET_LOG_LEVEL", "warning", 0);
    unsetenv("COPYFLEET_FLEET_HEALTH_FILE"); /* one file, one process */
    bool is_started = fork_workers(fleet, program, config_path, count, output, error);
    close(output);
    return is_started;
}

/* The event's name comes before anything from outside. An attempt that did not begin is not in the ledger. */
static bool is_in_ledger(const char *line)
{
    const char *event = strstr(line, "event");
    event = event ? event + strlen("event") : "";
    event += strspn(event, "=\": ");
    return strncmp(event, "object.failed", strlen("object.failed")) == 0 ||
           (strncmp(event, "attempt.failed", strlen("attempt.failed")) == 0 &&
            (strstr(event, " attempt=") || strstr(event, "\"attempt\"")));
}

static void take_lines(LocalFleet *fleet, LocalFleetLineFunction *each, void *context)
{
    Buffer *heard = &fleet->heard;
    char *line = heard->data, *end;
    while ((end = memchr(line, '\n', heard->length - (size_t)(line - heard->data)))) {
        *end = '\0';
        if (fleet->tells_all || !is_in_ledger(line))
            each(context, line);
        line = end + 1;
    }
    size_t left = heard->length - (size_t)(line - heard->data);
    if (left > LINE_BYTES_MAX / 2)
        each(context, line);
    else
        memmove(heard->data, line, left);
    heard->length = left > LINE_BYTES_MAX / 2 ? 0 : left;
}

/* False if there is nothing more, now or for ever. */
static bool hear(LocalFleet *fleet, LocalFleetLineFunction *each, void *context)
{
    char text[LINE_BYTES_MAX / 4];
    ssize_t length = read(fleet->output, text, sizeof text);
    if (length <= 0)
        return length < 0 && errno == EINTR;
    if (buffer_append(&fleet->heard, (Slice){text, (size_t)length}))
        take_lines(fleet, each, context);
    return true;
}

void local_fleet_hear(LocalFleet *fleet, LocalFleetLineFunction *each, void *context)
{
    while (fleet->worker_count > 0 && hear(fleet, each, context))
        continue;
}

static void say_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

/* Reads until all workers have closed their end, since a worker that cannot write does not end. */
static void hear_last_words(LocalFleet *fleet)
{
    if (fleet->worker_count == 0)
        return;
    fcntl(fleet->output, F_SETFL, 0);
    local_fleet_hear(fleet, say_line, NULL);
    if (fleet->heard.length > 0) /* a sanitizer's, or a library's, may have no end */
        fprintf(stderr, "%.*s\n", (int)fleet->heard.length, fleet->heard.data);
    close(fleet->output);
    buffer_done(&fleet->heard);
}

bool local_fleet_has_died(LocalFleet *fleet)
{
    for (size_t i = 0; i < fleet->worker_count; i++) {
        if (fleet->workers[i] == 0 || waitpid(fleet->workers[i], NULL, WNOHANG) <= 0)
            continue;
        fleet->workers[i] = 0;
        fleet->ended_count++;
    }
    return fleet->worker_count > 0 && fleet->ended_count == fleet->worker_count;
}

void local_fleet_stop(LocalFleet *fleet)
{
    for (size_t i = 0; i < fleet->worker_count; i++)
        if (fleet->workers[i] > 0)
            kill(fleet->workers[i], SIGTERM);
    hear_last_words(fleet);
    for (size_t i = 0; i < fleet->worker_count; i++)
        if (fleet->workers[i] > 0)
            waitpid(fleet->workers[i], NULL, 0);
    free(fleet->workers);
    *fleet = (LocalFleet){0};
}
