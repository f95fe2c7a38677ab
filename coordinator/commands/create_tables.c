/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet create-tables: makes the ledger, the staging tables and the star schema, or brings them up to date. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "ledger/ledger.h"
#include "warehouse/loader.h"

/* If there is nobody to ask, the answer is no. */
static bool confirm_drop(const Connection *connection)
{
    if (!isatty(STDIN_FILENO)) {
        fputs("copyfleet: --drop asks before it deletes; without a terminal it wants --yes\n", stderr);
        return false;
    }
    fprintf(stderr, "This drops every table of copyfleet at %s, with every row. Type 'drop' to go on: ",
            connection_name(connection));
    char answer[16] = "";
    return fgets(answer, sizeof answer, stdin) && strcmp(answer, "drop\n") == 0;
}

/* Says what a worker would say of the tables. The ledger is made all the same. */
static int check_staging(const Config *config, Connection *connection)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < config->dataset_count; i++) {
        Error error;
        if (loader_check(connection, config, &config->datasets[i], &error))
            continue;
        if (error.kind != ERROR_FATAL || !connection_is_open(connection))
            return say_failure(&error);
        AUTO_FREE char *before = memory_format("no worker could load dataset %s", config->datasets[i].name);
        say_error(before, &error);
        code = EXIT_FINDINGS;
    }
    return code;
}

int command_create_tables(Config *config, const Options *options)
{
    Error error;
    AUTO_CONNECTION connection = NULL;
    if (!connection_open(&config->warehouse, "copyfleet", &connection, &error))
        return say_failure(&error);
    if (options->drop && !options->yes && !confirm_drop(connection)) {
        fputs("copyfleet: nothing was dropped\n", stderr);
        return EXIT_USAGE;
    }
    if (!ledger_create_tables(connection, &config->warehouse, options->drop, &error))
        return say_failure(&error);
    printf("The tables are at %s, in schema %s; the ledger is in schema copyfleet.\n", connection_name(connection),
           connection_schema_name(connection));
    if (connection_schema_warning(connection))
        fprintf(stderr,
                "copyfleet: schema %s is not searched, so a file of SQL_DIR must write :schema.NAME, since %s\n",
                connection_schema(connection), connection_schema_warning(connection));
    return check_staging(config, connection);
}
