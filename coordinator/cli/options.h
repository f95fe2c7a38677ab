/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: copyfleet [--config FILE] COMMAND [options]. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "show/table.h"

/* A query's parameter, name=value, as --set gave it. */
typedef struct Setting {
    const char *name; /* up to the '=' of the argument */
    size_t name_length;
    const char *value;
} Setting;

#define SETTINGS_MAX 32

typedef struct Options {
    const char *config;
    TableFormat format;
    int workers; /* -1: not given */
    int wait_s;  /* for a first worker; 0: not given */
    bool drop;
    bool yes;
    bool list;
    bool sql;
    bool serverless; /* this and the next four are of cluster */
    bool is_public;
    bool write;
    const char *cidr;           /* NULL: not given */
    const char *final_snapshot; /* NULL: none */
    int watch_s;                /* 0: once */
    Setting settings[SETTINGS_MAX];
    size_t setting_count;
    char *const *names; /* what follows the options; belongs to main */
    size_t name_count;
} Options;

enum { EXIT_DONE = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_SERVICE = 3, EXIT_INTERRUPTED = 130 };

/* Parses what follows the command's name. allowed lists the long options that the command takes, separated by blanks,
 * and NAMES if it takes words. False if the line is wrong, which is said, or if --help was asked for; *out_code is the
 * exit code then. */
bool options_parse(int argc, char *const *argv, const char *allowed, const char *usage, Options *options,
                   int *out_code);
