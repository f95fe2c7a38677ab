/* SPDX-License-Identifier: Apache-2.0
 *
 * A command of copyfleet, as the list in commands/commands.c has it. */
#pragma once

#include <stdbool.h>

#include "cli/options.h"
#include "config/config.h"

/* Returns the exit code. */
typedef int CommandFunction(Config *config, const Options *options);

typedef struct Command {
    const char *name;    /* one word, or two */
    const char *summary; /* of its usage, a line for copyfleet --help */
    const char *allowed; /* options, see options_parse */
    const char *usage;
    CommandFunction *function;
    bool needs_dataset; /* it does not begin if the configuration has none */
} Command;
