/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "commands/commands.h"
#include "commands/query.h"
#include "show/page.h"
#include "show/table.h"

static void print_check(TablePrinter *printer, const Query *query, const Result *result)
{
    size_t wrong = result_row_count(result);
    if (printer->format != TABLE_TEXT) {
        table_print(printer, query->name, query->title, result);
        return;
    }
    fprintf(printer->stream, "%-6s %s\n", wrong > 0 ? "WRONG" : "ok", query->title);
    if (wrong > 0)
        table_print(printer, query->name, "", result);
}

/* All in one snapshot: what is loaded meanwhile does not look like a difference. It ends before anything is shown: a
 * reader may be slow, and a snapshot is in vacuum's way. */
static bool run_checks(const Config *config, const SqlSet *set, TablePrinter *printer, size_t *out_wrong, Error *error)
{
    AUTO_CONNECTION connection = NULL;
    if (!connection_open(config, "copyfleet query", &connection, error) ||
        !statement_run(connection, "query/begin", NULL, 0, NULL, error))
        return false;
    *out_wrong = 0;
    for (size_t i = 0; i < set->count; i++) {
        Query query;
        AUTO_RESULT result = {0};
        if (!query_parse(&set->files[i], &query, error) || !query_execute(&query, connection, &result, error))
            return false;
        *out_wrong += result_row_count(&result) > 0;
        print_check(printer, &query, &result);
    }
    table_finish(printer);
    return true;
}

int command_verify(Config *config, const Options *options)
{
    Error error;
    AUTO_SQL_SET set = {0};
    size_t wrong = 0;
    AUTO_PAGE page = {0};
    page_begin(&page);
    TablePrinter printer = {.stream = page.stream, .format = options->format};
    if (!sql_set_load(config, "checks", &set, &error) || !run_checks(config, &set, &printer, &wrong, &error))
        return command_fail(&error);
    page_show(&page);
    if (options->format == TABLE_TEXT && set.count == 0)
        printf("There are no checks in %s/checks.\n", config->sql_dir);
    else if (options->format == TABLE_TEXT)
        printf("%zu of %zu checks passed.\n", set.count - wrong, set.count);
    return wrong > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
