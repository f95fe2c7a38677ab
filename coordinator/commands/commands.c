/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/commands.h"

#include <string.h>

#include "cluster/cluster.h"
#include "commands/usage.h"
#include "line/run.h"
#include "line/watch.h"

const Command commands[] = {
    {"create-tables", "make the ledger, the staging tables and the star schema", "drop yes", usage_create_tables,
     command_create_tables, false},
    {"run", "load what is new and transform it, then end", "workers wait format", usage_run, run_command, true},
    {"watch", "load what is new and transform it, for ever", "", usage_watch, watch_command, true},
    {"plan", "show what a run would do, and change nothing", "format sql", usage_plan, command_plan, true},
    {"status", "show runs, partitions, workers, what is held, and how fresh the data is", "format watch", usage_status,
     command_status, false},
    {"retry", "let what failed be loaded once more", "format NAMES", usage_retry, command_retry, false},
    {"skip", "let runs go on without what failed or is not loaded yet", "format NAMES", usage_skip, command_skip,
     false},
    {"undo", "take loaded objects out again", "yes format NAMES", usage_undo, command_undo, false},
    {"reload", "load objects again although they have not changed", "format NAMES", usage_reload, command_reload,
     false},
    {"audit", "hold the bucket against the ledger", "format", usage_audit, command_audit, true},
    {"verify", "check the data: counts, keys, orphans, star schema against staging", "format", usage_verify,
     command_verify, false},
    {"analyze", "run the analytic queries", "format set list NAMES", usage_analyze, command_analyze, false},
    {"cluster create", "make a Redshift cluster, its role and its security group", "serverless public write",
     usage_cluster_create, cluster_create, false},
    {"cluster status", "show the Redshift cluster, its parts, and who may reach it", "serverless format",
     usage_cluster_status, cluster_status, false},
    {"cluster open", "let an address reach the Redshift cluster", "serverless cidr", usage_cluster_open, cluster_open,
     false},
    {"cluster delete", "remove the Redshift cluster, its rules, group and role", "serverless yes final-snapshot",
     usage_cluster_delete, cluster_delete, false},
    {NULL, NULL, NULL, NULL, NULL, false},
};

const Command *commands_find(int count, char *const *words, int *out_words)
{
    for (const Command *command = commands; command->name; command++) {
        size_t length = strcspn(command->name, " ");
        const char *second = command->name[length] ? command->name + length + 1 : NULL;
        bool is_first = strlen(words[0]) == length && strncmp(command->name, words[0], length) == 0;
        *out_words = second ? 2 : 1;
        if (is_first && (!second || (count > 1 && strcmp(words[1], second) == 0)))
            return command;
    }
    return NULL;
}

static bool is_of_family(const Command *command, const char *word)
{
    size_t length = strlen(word);
    return strncmp(command->name, word, length) == 0 && command->name[length] == ' ';
}

bool commands_has_family(const char *word)
{
    for (const Command *command = commands; command->name; command++)
        if (is_of_family(command, word))
            return true;
    return false;
}

void commands_print(const char *family, FILE *stream)
{
    for (const Command *command = commands; command->name; command++)
        if (!family || is_of_family(command, family))
            fprintf(stream, "  %-14s  %s\n", command->name, command->summary);
}
