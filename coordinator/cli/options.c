/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/start.h"

enum {
    OPTION_CONFIG = 1,
    OPTION_LOG_LEVEL,
    OPTION_LOG_FORMAT,
    OPTION_FORMAT,
    OPTION_WORKERS,
    OPTION_DROP,
    OPTION_YES,
    OPTION_LIST,
    OPTION_SQL,
    OPTION_WATCH,
    OPTION_WAIT,
    OPTION_SET,
    OPTION_SERVERLESS,
    OPTION_PUBLIC,
    OPTION_WRITE,
    OPTION_CIDR,
    OPTION_FINAL_SNAPSHOT
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPTION_LOG_FORMAT},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"drop", no_argument, NULL, OPTION_DROP},
    {"yes", no_argument, NULL, OPTION_YES},
    {"list", no_argument, NULL, OPTION_LIST},
    {"sql", no_argument, NULL, OPTION_SQL},
    {"watch", optional_argument, NULL, OPTION_WATCH},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"set", required_argument, NULL, OPTION_SET},
    {"serverless", no_argument, NULL, OPTION_SERVERLESS},
    {"public", no_argument, NULL, OPTION_PUBLIC},
    {"write", no_argument, NULL, OPTION_WRITE},
    {"cidr", required_argument, NULL, OPTION_CIDR},
    {"final-snapshot", required_argument, NULL, OPTION_FINAL_SNAPSHOT},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

#define WORKERS_MAX 64
#define WATCH_S_DEFAULT 2
#define WATCH_S_MAX 86400
#define WAIT_S_MAX 86400

static bool fail(const char *format, const char *argument)
{
    fputs("copyfleet: ", stderr);
    fprintf(stderr, format, argument);
    fputs("; --help shows what there is\n", stderr);
    return false;
}

/* Every command takes these. */
static bool is_global(const char *name)
{
    return strcmp(name, "config") == 0 || strcmp(name, "help") == 0 || strncmp(name, "log-", 4) == 0;
}

static bool is_allowed(const char *allowed, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = allowed; (at = strstr(at, name)); at += length)
        if ((at == allowed || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return is_global(name);
}

static bool read_number(const char *argument, int minimum, int maximum, int *out_number)
{
    char *end;
    long number = strtol(argument, &end, 10);
    *out_number = (int)number;
    return *argument && !*end && number >= minimum && number <= maximum;
}

static bool set_watch(const char *argument, Options *options)
{
    options->watch_s = WATCH_S_DEFAULT;
    return !argument || read_number(argument, 1, WATCH_S_MAX, &options->watch_s) ||
           fail("--watch=SECONDS takes a number from 1 to 86400, not '%s'", argument);
}

static bool add_setting(const char *argument, Options *options)
{
    const char *equals = strchr(argument, '=');
    if (!equals || equals == argument)
        return fail("--set takes name=value, not '%s'", argument);
    if (options->setting_count == SETTINGS_MAX)
        return fail("there are too many settings at '%s'", argument);
    options->settings[options->setting_count++] = (Setting){argument, (size_t)(equals - argument), equals + 1};
    return true;
}

static bool apply_to_cluster(int option, const char *argument, Options *options)
{
    switch (option) {
    case OPTION_SERVERLESS:
        options->serverless = true;
        return true;
    case OPTION_PUBLIC:
        options->is_public = true;
        return true;
    case OPTION_WRITE:
        options->write = true;
        return true;
    case OPTION_CIDR:
        options->cidr = argument;
        return true;
    default:
        options->final_snapshot = argument;
        return *argument || fail("--final-snapshot takes a name, not '%s'", argument);
    }
}

static bool apply(int option, const char *argument, Options *options)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config = argument;
        return true;
    case OPTION_LOG_LEVEL:
        return start_take_log_level("copyfleet", argument);
    case OPTION_LOG_FORMAT:
        return start_take_log_format("copyfleet", argument);
    case OPTION_FORMAT:
        return table_format_parse(argument, &options->format) ||
               fail("--format is table, csv or json, not '%s'", argument);
    case OPTION_WORKERS:
        return read_number(argument, 0, WORKERS_MAX, &options->workers) ||
               fail("--workers takes a number from 0 to 64, not '%s'", argument);
    case OPTION_DROP:
        options->drop = true;
        return true;
    case OPTION_YES:
        options->yes = true;
        return true;
    case OPTION_LIST:
        options->list = true;
        return true;
    case OPTION_SQL:
        options->sql = true;
        return true;
    case OPTION_WATCH:
        return set_watch(argument, options);
    case OPTION_WAIT:
        return read_number(argument, 1, WAIT_S_MAX, &options->wait_s) ||
               fail("--wait takes a number of seconds from 1 to 86400, not '%s'", argument);
    case OPTION_SET:
        return add_setting(argument, options);
    default:
        return apply_to_cluster(option, argument, options);
    }
}

/* What the command does not take is not offered. */
static bool refuse(char *const *argv, int result, const char *allowed)
{
    struct option offered[sizeof long_options / sizeof *long_options] = {0};
    size_t count = 0;
    for (const struct option *option = long_options; option->name; option++)
        if (is_allowed(allowed, option->name))
            offered[count++] = *option;
    start_refuse_option("copyfleet", argv, result, offered);
    return false;
}

bool options_parse(int argc, char *const *argv, const char *allowed, const char *usage, Options *options, int *out_code)
{
    int option, index;
    *out_code = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, ":h", long_options, &index)) != -1) {
        if (option == '?' || option == ':')
            return refuse(argv, option, allowed);
        if (option == 'h') {
            fputs(usage, stdout);
            *out_code = EXIT_DONE;
            return false;
        }
        if (!is_allowed(allowed, long_options[index].name))
            return fail("this command takes no --%s", long_options[index].name);
        if (!apply(option, optarg, options))
            return false;
    }
    options->names = argv + optind;
    options->name_count = (size_t)(argc - optind);
    if (options->name_count > 0 && !is_allowed(allowed, "NAMES"))
        return fail("unexpected argument '%s'", options->names[0]);
    return true;
}
