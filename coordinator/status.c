/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/commands.h"
#include "coordinator/table.h"
#include "db/ledger.h"
#include "db/sql.h"

typedef struct StatusPart {
    const char *name;
    const char *statement;
    const char *title;
    bool wants_a_person; /* where it has a row */
} StatusPart;

static const StatusPart parts[] = {
    {"runs", "status_runs", "The latest runs", false},
    {"partitions", "status_partitions", "Partitions that are not finished", false},
    {"held", "status_held", "What holds a run", true},
    {"transforms", "status_transforms", "What keeps complete runs out of the star schema", true},
    {"waiting", "status_waiting", "What no worker can begin", true},
    {"skipped", "status_skipped", "What runs went on without, the latest", false},
    {"rejects", "status_rejects", "Rejected rows, the latest", false},
};

static bool print_parts(const Config *config, const Options *options, bool *out_is_held, Error *error)
{
    AUTO_CONNECTION connection = NULL;
    char ledger[LEDGER_ID_SIZE];
    if (!connection_open(config, "copyfleet query", &connection, error) || !ledger_read_id(connection, ledger, error))
        return false;
    TablePrinter printer = {.stream = stdout, .format = options->format};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        AUTO_RESULT result = {0};
        if (!connection_execute(connection, sql_statement(parts[i].statement), NULL, 0, &result, error))
            return false;
        table_print(&printer, parts[i].name, parts[i].title, &result);
        *out_is_held = *out_is_held || (parts[i].wants_a_person && result_row_count(&result) > 0);
    }
    table_finish(&printer);
    return true;
}

int command_status(Config *config, const Options *options)
{
    Error error;
    bool is_held = false;
    if (!print_parts(config, options, &is_held, &error))
        return command_fail(&error);
    return is_held ? EXIT_FINDINGS : EXIT_DONE;
}
