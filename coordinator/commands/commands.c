/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "show/printable.h"

#define SELECTORS                                                                                                      \
    "  s3://BUCKET/KEY      an object\n"                                                                               \
    "  RUN                  a run's objects: 12\n"                                                                     \
    "  RUN/TASK             a task's: 12/3\n"                                                                          \
    "  DATASET              all of a dataset: events\n"                                                                \
    "  DATASET/PARTITION    one partition, as status and audit name it: events/2018-11-12\n"

const Command commands[] = {
    {"create-tables", "make the ledger, the staging tables and the star schema", "drop yes",
     "usage: copyfleet create-tables [--drop [--yes]]\n"
     "\n"
     "Makes the ledger (schema copyfleet), the staging tables and the star schema. What exists stays as it is; a "
     "ledger of\n"
     "an older version is brought up to date. Warns if others may create in the tables' schema, or did.\n"
     "Ends with 1, and names the column, if a staging table is there that cannot be loaded.\n"
     "\n"
     "  --drop    drop all of them first, with every row; asks before it does\n"
     "  --yes     do not ask\n",
     command_create_tables, false},
    {"run", "load what is new and transform it, then end", "workers wait format",
     "usage: copyfleet run [--workers N] [--wait SECONDS] [--format table|csv|json]\n"
     "\n"
     "Lists the datasets, plans what is new, has the workers load it, and brings it into the star schema. Ends with 1 "
     "if a\n"
     "run is held, or if there is no object at all, and with 3 if a dataset could not be listed and was left out, or "
     "if "
     "no\n"
     "worker came.\n"
     "\n"
     "  --workers N    start N workers of its own on this machine, for as long as the run takes. Where no\n"
     "                 [KAFKA] BOOTSTRAP_SERVERS is configured an embedded broker is brought too, and N is 2 by "
     "default\n"
     "  --wait S       how long to wait while there is no worker at all: 60 seconds by default; then it ends with 3\n"
     "  --format F     how the summary is shown: table (sentences), csv or json\n",
     command_run, true},
    {"watch", "load what is new and transform it, for ever", "",
     "usage: copyfleet watch\n"
     "\n"
     "Looks for new objects every PASS_INTERVAL_S seconds, and at once where the bucket's events name one, has the "
     "workers\n"
     "load them, and brings complete runs into the star schema. Start as many as you like. Ends with SIGTERM or "
     "SIGINT;\n"
     "SIGHUP lets it read its configuration again.\n",
     command_watch, true},
    {"plan", "show what a run would do, and change nothing", "format sql",
     "usage: copyfleet plan [--sql] [--format table|csv|json]\n"
     "\n"
     "Lists the datasets and shows what run would load now: objects, bytes and tasks by partition, S3 requests, and "
     "the "
     "SQL.\n"
     "Changes nothing. Ends with 1 if a dataset could not be loaded as things are, or if there is no object at all; "
     "with 3 if\n"
     "a dataset cannot be listed: the others are shown.\n"
     "\n"
     "  --sql    with all of the SQL that it would execute; csv and json have it always\n",
     command_plan, true},
    {"status", "show runs, partitions, workers, what is held, and how fresh the data is", "format watch",
     "usage: copyfleet status [--watch[=SECONDS]] [--format table|csv|json]\n"
     "\n"
     "Shows, from the ledger, the latest runs, partitions that are not finished, the workers and what they load, "
     "attempts "
     "that\n"
     "failed, what holds a run and what to do about it, what no worker can begin, what runs went on without, rejected "
     "rows,\n"
     "columns that no row fills, and how fresh each dataset is. Ends with 1 where something waits for a person.\n"
     "\n"
     "  --watch[=SECONDS]    again every so many seconds, 2 by default, until Ctrl-C\n",
     command_status, false},
    {"retry", "let what failed be loaded once more", "format NAMES",
     "usage: copyfleet retry [--format table|csv|json] [SELECTOR...]\n"
     "\n"
     "Once the cause is mended: what failed or was skipped is released, so that the next pass plans it as new; a run "
     "that it\n"
     "held goes on. What is planned and waits, its time of waiting grown or refused by the workers, is published at "
     "once.\n"
     "Without a selector: all that failed, and all that the workers refuse. A mended object needs no retry.\n"
     "\n" SELECTORS,
     command_retry, false},
    {"skip", "let runs go on without what failed or is not loaded yet", "format NAMES",
     "usage: copyfleet skip [--format table|csv|json] SELECTOR...\n"
     "\n"
     "The selected tasks that failed or are planned are given up, and their runs are brought into the star schema "
     "without\n"
     "them. An earlier version of such an object stays; a later one is loaded when it comes. A task is skipped whole "
     "or "
     "not\n"
     "at all.\n"
     "\n" SELECTORS,
     command_skip, false},
    {"undo", "take loaded objects out again", "yes format NAMES",
     "usage: copyfleet undo [--yes] [--format table|csv|json] SELECTOR...\n"
     "\n"
     "Takes the rows of the objects out of staging and star schema, at once. An object is loaded again when it "
     "changes, "
     "or by\n"
     "copyfleet reload. A run selects the objects that it planned last, not those that a later run planned again.\n"
     "\n"
     "  --yes    do not ask\n"
     "\n" SELECTORS,
     command_undo, false},
    {"reload", "load objects again although they have not changed", "format NAMES",
     "usage: copyfleet reload [--format table|csv|json] SELECTOR...\n"
     "\n"
     "The next pass plans the objects as new; until they are loaded their rows stay. A run selects the objects that it "
     "planned\n"
     "last. What was skipped stays so, unless the object itself is named.\n"
     "\n" SELECTORS,
     command_reload, false},
    {"audit", "hold the bucket against the ledger", "format",
     "usage: copyfleet audit [--format table|csv|json]\n"
     "\n"
     "Lists the datasets and tells, by partition, what is loaded and in the star schema, missing, changed, vanished, "
     "planned\n"
     "and not finished, held, skipped, released to the next pass, and undone. Changes nothing. Ends with 1 where an "
     "object is\n"
     "neither loaded nor undone, where one is outside of every LOCATION, and where a LOCATION is empty; with 3 where a "
     "dataset\n"
     "could not be listed: nothing is told of it.\n",
     command_audit, true},
    {"verify", "check the data: counts, keys, orphans, star schema against staging", "format",
     "usage: copyfleet verify [--format table|csv|json]\n"
     "\n"
     "Runs every data-quality check in one snapshot. Ends with 1 where one finds something.\n",
     command_verify, false},
    {"analyze", "run the analytic queries", "format set list NAMES",
     "usage: copyfleet analyze [--list] [--set NAME=VALUE]... [--format table|csv|json] [QUERY...]\n"
     "\n"
     "Runs all analytic queries, or those named.\n"
     "\n"
     "  --list              name them, with their parameters\n"
     "  --set NAME=VALUE    a parameter of the queries\n",
     command_analyze, false},
    {"cluster create", "make a Redshift cluster, its role and its security group", "serverless public write",
     "usage: copyfleet cluster create [--serverless] [--public] [--write]\n"
     "\n"
     "Makes what [DWH] describes: a role that may read the configured buckets, a security group that lets nobody in "
     "yet, and the\n"
     "encrypted cluster; waits until it is available, and prints its endpoint and the role's ARN. It costs money from "
     "then on.\n"
     "What is there already stays; after an interruption run it again. docs/cluster.md says what it needs and makes.\n"
     "\n"
     "  --serverless    a namespace and a workgroup of Redshift Serverless in place of a cluster\n"
     "  --public        with a public address; who may reach it is still up to copyfleet cluster open\n"
     "  --write         put host, database, user, port and role into the configuration file, and WAREHOUSE = "
     "redshift\n",
     command_cluster_create, false},
    {"cluster status", "show the Redshift cluster, its parts, and who may reach it", "serverless format",
     "usage: copyfleet cluster status [--serverless] [--format table|csv|json]\n"
     "\n"
     "Asks AWS; changes nothing. Ends with 1 where the cluster is not available, or one of its parts is not there.\n"
     "\n"
     "  --serverless    Redshift Serverless\n",
     command_cluster_status, false},
    {"cluster open", "let an address reach the Redshift cluster", "serverless cidr",
     "usage: copyfleet cluster open [--serverless] [--cidr CIDR]\n"
     "\n"
     "Lets addresses reach the cluster's port, by a rule of its security group.\n"
     "\n"
     "  --cidr CIDR     which: 198.51.100.0/24, 2001:db8::/32, or one address. Without it this machine's, as it is "
     "seen "
     "from\n"
     "                  outside, which https://checkip.amazonaws.com is asked for\n"
     "  --serverless    Redshift Serverless\n",
     command_cluster_open, false},
    {"cluster delete", "remove the Redshift cluster, its rules, group and role", "serverless yes final-snapshot",
     "usage: copyfleet cluster delete [--serverless] [--yes] [--final-snapshot NAME]\n"
     "\n"
     "Shows what goes, asks, and removes it: the rules of its security group, the cluster with all data in it, the "
     "group, the\n"
     "role. What copyfleet has not made is not touched. After an interruption run it again.\n"
     "\n"
     "  --final-snapshot NAME    keep the data as a snapshot; without it none is taken\n"
     "  --yes                    do not ask\n"
     "  --serverless             Redshift Serverless\n",
     command_cluster_delete, false},
    {NULL, NULL, NULL, NULL, NULL, false},
};

void command_print_error(const char *before, const Error *error)
{
    AUTO_BUFFER message;
    buffer_init(&message, 2 * sizeof error->message);
    printable_append(&message, error->message, SIZE_MAX, false);
    fprintf(stderr, "%s: %.*s\n", before, (int)message.length, message.data ? message.data : "");
}

void command_describe_pause(const BackoffPause *pause, char *out, size_t size)
{
    snprintf(out, size, "Trying again in %.1f s, try %u of %" PRId64, (double)pause->wait_ms / 1000, pause->next,
             pause->tries);
}

void command_say_again(void *context, const Error *error, const BackoffPause *pause)
{
    (void)context;
    char before[64];
    command_describe_pause(pause, before, sizeof before);
    command_print_error(before, error);
}

void command_say_left_out(void *context, const Dataset *dataset, const Error *reason)
{
    (void)context, (void)dataset;
    command_print_error("Left out", reason);
}

int command_fail(const Error *error)
{
    command_print_error("copyfleet", error);
    return error->kind == ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_SERVICE;
}
