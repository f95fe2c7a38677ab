/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands.h"

#include <stdio.h>

const Command commands[] = {
    {"create-tables", "make the ledger, the staging tables and the star schema", "drop yes",
     "usage: copyfleet create-tables [--drop [--yes]]\n"
     "\n"
     "Makes the ledger (schema copyfleet), the staging tables and the star schema. What exists stays as it is.\n"
     "\n"
     "  --drop    drop all of them first, with every row; asks before it does\n"
     "  --yes     do not ask\n",
     command_create_tables},
    {"run", "load what is new and transform it, then end", "workers format",
     "usage: copyfleet run [--workers N] [--format table|csv|json]\n"
     "\n"
     "Lists the datasets, plans what is new, has the workers load it, and brings it into the star schema.\n"
     "\n"
     "  --workers N    start N workers of its own on this machine, for as long as the run takes. Where no\n"
     "                 [KAFKA] BOOTSTRAP_SERVERS is configured an embedded broker is brought too, and N is 2 by "
     "default\n"
     "  --format F     how the summary is shown: table (sentences), csv or json\n",
     command_run},
    {"status", "show runs, partitions and what is held", "format",
     "usage: copyfleet status [--format table|csv|json]\n"
     "\n"
     "Shows the latest runs, what is not finished or failed, and the rejected rows, from the ledger.\n",
     command_status},
    {"verify", "check the data: counts, keys, orphans, star schema against staging", "format",
     "usage: copyfleet verify [--format table|csv|json]\n"
     "\n"
     "Runs every data-quality check in one snapshot. Ends with 1 where one finds something.\n",
     command_verify},
    {"analyze", "run the analytic queries", "format set list NAMES",
     "usage: copyfleet analyze [--list] [--set NAME=VALUE]... [--format table|csv|json] [QUERY...]\n"
     "\n"
     "Runs all analytic queries, or those named.\n"
     "\n"
     "  --list              name them, with their parameters\n"
     "  --set NAME=VALUE    a parameter of the queries\n",
     command_analyze},
    {NULL, NULL, NULL, NULL, NULL},
};

int command_fail(const Error *error)
{
    fprintf(stderr, "copyfleet: %s\n", error->message);
    return error->kind == ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_SERVICE;
}
