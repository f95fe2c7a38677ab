/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_CONFIG = 1,
    OPTION_FORMAT,
    OPTION_WORKERS,
    OPTION_DROP,
    OPTION_YES,
    OPTION_LIST,
    OPTION_SET,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"drop", no_argument, NULL, OPTION_DROP},
    {"yes", no_argument, NULL, OPTION_YES},
    {"list", no_argument, NULL, OPTION_LIST},
    {"set", required_argument, NULL, OPTION_SET},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

#define WORKERS_MAX 64

static bool fail(const char *format, const char *argument)
{
    fputs("copyfleet: ", stderr);
    fprintf(stderr, format, argument);
    fputs("; --help shows what there is\n", stderr);
    return false;
}

static bool is_allowed(const char *allowed, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = allowed; (at = strstr(at, name)); at += length)
        if ((at == allowed || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return strcmp(name, "config") == 0 || strcmp(name, "help") == 0;
}

static bool set_workers(const char *argument, Options *options)
{
    char *end;
    long workers = strtol(argument, &end, 10);
    if (*end || !*argument || workers < 0 || workers > WORKERS_MAX)
        return fail("--workers takes a number from 0 to 64, not '%s'", argument);
    options->workers = (int)workers;
    return true;
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

static bool apply(int option, const char *argument, Options *options)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config = argument;
        return true;
    case OPTION_FORMAT:
        return table_format_parse(argument, &options->format) ||
               fail("--format is table, csv or json, not '%s'", argument);
    case OPTION_WORKERS:
        return set_workers(argument, options);
    case OPTION_DROP:
        options->drop = true;
        return true;
    case OPTION_YES:
        options->yes = true;
        return true;
    case OPTION_LIST:
        options->list = true;
        return true;
    default:
        return add_setting(argument, options);
    }
}

bool options_parse(int argc, char *const *argv, const char *allowed, const char *usage, Options *options, int *out_code)
{
    int option, index;
    *out_code = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        if (option == '?')
            return false;
        if (option == OPTION_HELP) {
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
