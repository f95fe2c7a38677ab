/* SPDX-License-Identifier: Apache-2.0 */
#include "config/start.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stop.h"

void start_process(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    stop_catch_signals();
}

void start_name_process(char *out_name, size_t size)
{
    enum { TAIL_SIZE = 1 + 10 + 1 + 8 };
    size_t host_max = size - TAIL_SIZE - 1;
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    size_t length = strlen(host);
    uint32_t random = 0;
    (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
    snprintf(out_name, size, "%.*s:%d-%08" PRIx32, (int)host_max, length > host_max ? host + length - host_max : host,
             (int)getpid(), random);
}

bool start_take_log_level(const char *program, const char *value)
{
    if (log_set_level(value))
        return setenv("COPYFLEET_FLEET_LOG_LEVEL", value, 1) == 0;
    fprintf(stderr, "%s: --log-level is debug, info, warning or error, not '%s'\n", program, value);
    return false;
}

bool start_take_log_format(const char *program, const char *value)
{
    if (log_set_format(value))
        return setenv("COPYFLEET_FLEET_LOG_FORMAT", value, 1) == 0;
    fprintf(stderr, "%s: --log-format is logfmt or json, not '%s'\n", program, value);
    return false;
}

bool start_config(const char *program, const char *path, Config *out_config)
{
    AUTO_FREE char *mistakes = NULL;
    Error error;
    if (!config_load(path, out_config, &mistakes, &error)) {
        fprintf(stderr, "%s%s: %s\n", mistakes ? mistakes : "", program, error.message);
        return false;
    }
    start_log(out_config);
    return true;
}

bool start_config_needed(const char *program, const char *path, Config *out_config)
{
    AUTO_CONFIG config = {0};
    if (!start_config(program, path, &config))
        return false;
    if (config.is_missing) {
        fprintf(stderr,
                "%s: there is no dwh.cfg in this folder, and the environment configures nothing: go to the folder that "
                "has it, name it with --config FILE, or write one as README.md shows\n",
                program);
        return false;
    }
    *out_config = config;
    config = (Config){0};
    return true;
}

void start_log(const Config *config)
{
    log_set_level(config->log_level);
    log_set_format(config->log_format);
}
