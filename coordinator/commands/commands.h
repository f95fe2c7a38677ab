/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of copyfleet, and the list of all. Those of the line and of cluster are declared in headers of their own
 * (line/run.h, line/watch.h, cluster/cluster.h). */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "cli/command.h"

CommandFunction command_create_tables;
CommandFunction command_plan;
CommandFunction command_status;
CommandFunction command_retry;
CommandFunction command_skip;
CommandFunction command_undo;
CommandFunction command_reload;
CommandFunction command_audit;
CommandFunction command_verify;
CommandFunction command_analyze;

/* In the order in which --help shows them. The last has name NULL. */
extern const Command commands[];

/* The command whose name the words begin with; NULL: there is none. A name is one word, or two if the first is that of
 * a family, as in "cluster open"; *out_words says which. */
const Command *commands_find(int count, char *const *words, int *out_words);

/* Whether names of two words begin with this one. */
bool commands_has_family(const char *word);

/* A line for each command, with its name and what it does; family NULL: all of them. */
void commands_print(const char *family, FILE *stream);
