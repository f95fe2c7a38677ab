/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/local_fleet.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

bool local_fleet_start_broker(LocalFleet *fleet, Config *config, Error *error)
{
    if (!broker_open(config, &fleet->broker, error))
        return false;
    free(config->bootstrap_servers);
    config->bootstrap_servers = memory_copy_text(broker_address(fleet->broker));
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

/* In the child: the worker shall end with us, whatever we die of. */
_Noreturn static void become_worker(const char *program, const char *config_path, pid_t parent)
{
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

bool local_fleet_start_workers(LocalFleet *fleet, const Config *config, const char *config_path, int count,
                               Error *error)
{
    char program[PATH_MAX];
    if (!find_worker_program(program, error))
        return false;
    fleet->workers = memory_alloc_zeroed((size_t)count, sizeof *fleet->workers);
    pid_t parent = getpid();
    /* For the children, which say only what matters while a bar is shown; set before the fork, where memory may be
     * allocated. */
    setenv("COPYFLEET_KAFKA_BOOTSTRAP_SERVERS", config->bootstrap_servers, 1);
    setenv("COPYFLEET_FLEET_LOG_LEVEL", "warning", 0);
    for (int i = 0; i < count; i++) {
        pid_t process = fork();
        if (process < 0)
            return error_set(error, ERROR_FATAL, "cannot start a worker: %s", strerror(errno));
        if (process == 0)
            become_worker(program, config_path, parent);
        fleet->workers[fleet->worker_count++] = process;
    }
    return true;
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
    for (size_t i = 0; i < fleet->worker_count; i++)
        if (fleet->workers[i] > 0)
            waitpid(fleet->workers[i], NULL, 0);
    free(fleet->workers);
    broker_close(fleet->broker);
    *fleet = (LocalFleet){0};
}
