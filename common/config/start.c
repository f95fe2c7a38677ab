/* SPDX-License-Identifier: Apache-2.0 */
#include "config/start.h"

#include <getopt.h>
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
#include "config/nearest.h"

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

/* "--workers=x" without what follows the equals sign, or "-x". */
static void name_option(char *const *argv, char *out_name, size_t size)
{
    const char *word = argv[optind - 1];
    if (optopt > ' ')
        snprintf(out_name, size, "-%c", optopt);
    else
        snprintf(out_name, size, "%.*s", (int)strcspn(word, "="), word);
}

void start_refuse_option(const char *program, char *const *argv, int result, const struct option *options)
{
    char name[128];
    name_option(argv, name, sizeof name);
    Nearest nearest;
    nearest_init(&nearest, name + strspn(name, "-"));
    for (const struct option *option = options; option->name; option++)
        nearest_offer(&nearest, option->name);
    fprintf(stderr, "%s: ", program);
    if (result == ':')
        fprintf(stderr, "%s wants a value; --help shows which\n", name);
    else if (strchr(argv[optind - 1], '=') && optopt != 0)
        fprintf(stderr, "%s takes no value\n", name);
    else if (*nearest.name && strncmp(name, "--", 2) == 0)
        fprintf(stderr, "there is no option '%s'; did you mean '--%s'?\n", name, nearest.name);
    else
        fprintf(stderr, "there is no option '%s'; --help shows what there is\n", name);
}

bool start_take_log_level(const char *program, const char *value)
{
    LogLevel level;
    if (log_find_level(value, &level)) {
        log_set_level(level);
        return setenv("COPYFLEET_FLEET_LOG_LEVEL", value, 1) == 0;
    }
    fprintf(stderr, "%s: --log-level is debug, info, warning or error, not '%s'\n", program, value);
    return false;
}

bool start_take_log_format(const char *program, const char *value)
{
    LogFormat format;
    if (log_find_format(value, &format)) {
        log_set_format(format);
        return setenv("COPYFLEET_FLEET_LOG_FORMAT", value, 1) == 0;
    }
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

static void say_missing(const char *program, const char *path)
{
    if (access(path, F_OK) == 0)
        fprintf(stderr,
                "%s: %s configures nothing, nor does the environment: name another file with --config FILE, or write "
                "it as README.md shows\n",
                program, path);
    else
        fprintf(stderr,
                "%s: there is no dwh.cfg in this folder, and the environment configures nothing: go to the folder that "
                "has it, name it with --config FILE, or write one as README.md shows\n",
                program);
}

bool start_config_needed(const char *program, const char *path, Config *out_config)
{
    AUTO_CONFIG config = {0};
    if (!start_config(program, path, &config))
        return false;
    if (config.is_missing) {
        say_missing(program, config_find_path(path));
        return false;
    }
    *out_config = config;
    config = (Config){0};
    return true;
}

void start_log(const Config *config)
{
    log_set_level(config->fleet.log_level);
    log_set_format(config->fleet.log_format);
}
