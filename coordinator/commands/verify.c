/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet verify: compares each dataset's staging table with the ledger, then makes the checks of sql/ or SQL_DIR. */
#include <stdio.h>

#include "base/memory.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "commands/query.h"
#include "db/catalog.h"
#include "db/statement.h"
#include "show/page.h"
#include "show/table.h"

/* What holds for every dataset, whatever SQL_DIR says: a statement that returns no row if it does, and its title. */
typedef struct DatasetCheck {
    const char *name; /* its statement's, after "verify/" */
    const char *title;
} DatasetCheck;

static const DatasetCheck dataset_checks[] = {
    {"rows_of_tasks", "what is loaded has as many rows in staging as the ledger says"},
    {"rows_of_loaded_versions", "every row in staging belongs to an object that is loaded"},
    {"no_superseded_row", "no row of a superseded version is visible"},
    {"no_double_row", "no row of an object's version is in staging twice"},
    {"expected_objects", "what a pass expects of an object is its last version"},
};

typedef struct Verification {
    const Config *config;
    Connection *connection;
    TablePrinter printer;
    size_t checks;
    size_t wrong;
} Verification;

static void note_check(Verification *verification, const char *name, const char *title, const Result *result)
{
    TablePrinter *printer = &verification->printer;
    size_t wrong = result_row_count(result);
    verification->checks++;
    verification->wrong += wrong > 0;
    if (printer->format != TABLE_TEXT) {
        table_print(printer, name, title, result);
        return;
    }
    fprintf(printer->stream, "%-6s %s\n", wrong > 0 ? "WRONG" : "ok", title);
    if (wrong > 0)
        table_print(printer, name, "", result);
}

static bool run_dataset_check(Verification *verification, const Dataset *dataset, const DatasetCheck *check,
                              Error *error)
{
    AUTO_RESULT result = {0};
    AUTO_FREE char *statement = memory_format("verify/%s", check->name);
    AUTO_FREE char *sql = statement_on(verification->connection, statement, dataset->table);
    if (!connection_execute(verification->connection, sql, VALUES(TEXT_VALUE(dataset->name)), &result, error))
        return error_add_context(error, "dataset %s, %s", dataset->name, check->name);
    AUTO_FREE char *name = memory_format("%s.%s", dataset->name, check->name);
    AUTO_FREE char *title = memory_format("%s: %s", dataset->name, check->title);
    note_check(verification, name, title, &result);
    return true;
}

static bool run_dataset_checks(Verification *verification, const Dataset *dataset, Error *error)
{
    AUTO_TABLE table = {0};
    if (!catalog_read_table(verification->connection, dataset->table, &table, error))
        return error_add_context(error, "dataset %s", dataset->name);
    for (size_t i = 0; i < sizeof dataset_checks / sizeof *dataset_checks; i++)
        if (!run_dataset_check(verification, dataset, &dataset_checks[i], error))
            return false;
    return true;
}

static bool run_check(Verification *verification, const SqlFile *file, Error *error)
{
    Query query;
    AUTO_RESULT result = {0};
    if (!query_parse(file, &query, error) || !query_execute(&query, verification->connection, &result, error))
        return false;
    note_check(verification, query.name, query.title, &result);
    return true;
}

/* All in one snapshot, so that what is loaded meanwhile does not look like a difference. The snapshot ends before
 * anything is shown, since a reader may be slow and a snapshot is in vacuum's way. */
static bool run_checks(Verification *verification, const SqlSet *set, Error *error)
{
    const Config *config = verification->config;
    AUTO_TRANSACTION transaction = {0};
    if (!connection_open(&config->warehouse, "copyfleet query", &verification->connection, error) ||
        !query_begin(&transaction, verification->connection, error))
        return false;
    for (size_t i = 0; i < config->dataset_count; i++)
        if (!run_dataset_checks(verification, &config->datasets[i], error))
            return false;
    for (size_t i = 0; i < set->count; i++)
        if (!run_check(verification, &set->files[i], error))
            return false;
    table_finish(&verification->printer);
    return true;
}

int command_verify(Config *config, const Options *options)
{
    Error error;
    AUTO_SQL_SET set = {0};
    AUTO_PAGE page = {0};
    page_begin(&page);
    Verification verification = {.config = config, .printer = {.stream = page.stream, .format = options->format}};
    bool is_done = sql_set_load(&config->warehouse, "checks", &set, &error) && run_checks(&verification, &set, &error);
    connection_close(verification.connection);
    if (!is_done)
        return say_failure(&error);
    page_show(&page);
    if (options->format == TABLE_TEXT)
        printf("%zu of %zu checks passed.\n", verification.checks - verification.wrong, verification.checks);
    return verification.wrong > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
