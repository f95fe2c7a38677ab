/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of copyfleet, a function and a usage text each. Each returns the exit code. */
#pragma once

#include <stdbool.h>

#include "cli/options.h"
#include "config/backoff.h"
#include "config/config.h"

typedef int CommandFunction(Config *config, const Options *options);

typedef struct Command {
    const char *name;
    const char *summary;
    const char *allowed; /* options, see options_parse */
    const char *usage;
    CommandFunction *function;
    bool needs_dataset;
} Command;

CommandFunction command_create_tables;
CommandFunction command_run;
CommandFunction command_watch;
CommandFunction command_plan;
CommandFunction command_status;
CommandFunction command_retry;
CommandFunction command_skip;
CommandFunction command_undo;
CommandFunction command_reload;
CommandFunction command_audit;
CommandFunction command_verify;
CommandFunction command_analyze;
CommandFunction command_cluster_create;
CommandFunction command_cluster_status;
CommandFunction command_cluster_open;
CommandFunction command_cluster_delete;

/* The last has name NULL. */
extern const Command commands[];

/* "before: message" on stderr; a server's message may quote what came from outside. */
void command_print_error(const char *before, const Error *error);

/* "Trying again in 0.4 s, try 3 of 10": what stands before the message of what failed. */
void command_describe_pause(const BackoffPause *pause, char *out, size_t size);

/* Says what is tried again (S3NoticeFunction). */
void command_say_again(void *context, const Error *error, const BackoffPause *pause);

/* Says that a dataset could not be listed, and why (PassLeaveFunction). */
void command_say_left_out(void *context, const Dataset *dataset, const Error *reason);

/* Says what failed, and returns the exit code for it. */
int command_fail(const Error *error);
