/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet analyze: runs the analytic queries of sql/ or SQL_DIR, or lists them. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "commands/query.h"
#include "show/page.h"
#include "show/table.h"

static bool is_wanted(const Options *options, const char *name)
{
    for (size_t i = 0; i < options->name_count; i++)
        if (strcmp(options->names[i], name) == 0)
            return true;
    return options->name_count == 0;
}

static bool parse_all(const SqlSet *set, Query *queries, Error *error)
{
    for (size_t i = 0; i < set->count; i++)
        if (!query_parse(&set->files[i], &queries[i], error))
            return false;
    return true;
}

/* Each name and setting of the command line must mean something. */
static bool check_names(const Options *options, const Query *queries, size_t count)
{
    for (size_t i = 0; i < options->name_count; i++) {
        size_t found = 0;
        while (found < count && strcmp(queries[found].name, options->names[i]) != 0)
            found++;
        if (found == count) {
            fprintf(stderr, "copyfleet: there is no query '%s'; analyze --list names them\n", options->names[i]);
            return false;
        }
    }
    return true;
}

static bool apply_settings(const Options *options, Query *queries, size_t count)
{
    for (size_t i = 0; i < options->setting_count; i++) {
        const Setting *setting = &options->settings[i];
        bool is_known = false;
        for (size_t k = 0; k < count; k++)
            is_known |= is_wanted(options, queries[k].name) && query_set(&queries[k], setting);
        if (!is_known) {
            fprintf(stderr, "copyfleet: no query has a parameter %.*s; analyze --list names them\n",
                    (int)setting->name_length, setting->name);
            return false;
        }
    }
    return true;
}

static void list(const Query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%-30s %s", queries[i].name, queries[i].title);
        for (size_t k = 0; k < queries[i].parameter_count; k++)
            printf("%s%s=%s", k == 0 ? "  --set " : ", ", queries[i].parameters[k].name,
                   queries[i].parameters[k].value);
        putchar('\n');
    }
}

static void make_heading(const Query *query, char *heading, size_t size)
{
    size_t length = (size_t)snprintf(heading, size, "%s", query->title);
    for (size_t i = 0; i < query->parameter_count && length < size; i++)
        length += (size_t)snprintf(heading + length, size - length, "%s%s = %s%s", i == 0 ? " (" : ", ",
                                   query->parameters[i].name, query->parameters[i].value,
                                   i + 1 == query->parameter_count ? ")" : "");
}

/* In one snapshot, which ends before anything is shown. */
static bool print_all(const Config *config, const Options *options, const Query *queries, size_t count, FILE *stream,
                      Error *error)
{
    AUTO_CONNECTION connection = NULL;
    AUTO_TRANSACTION transaction = {0};
    if (!connection_open(&config->warehouse, "copyfleet query", &connection, error) ||
        !query_begin(&transaction, connection, error))
        return false;
    TablePrinter printer = {.stream = stream, .format = options->format};
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(options, queries[i].name))
            continue;
        AUTO_RESULT result = {0};
        if (!query_execute(&queries[i], connection, &result, error))
            return false;
        char heading[512];
        make_heading(&queries[i], heading, sizeof heading);
        table_print(&printer, queries[i].name, heading, &result);
    }
    table_finish(&printer);
    return true;
}

int command_analyze(Config *config, const Options *options)
{
    Error error;
    AUTO_SQL_SET set = {0};
    if (!sql_set_load(&config->warehouse, "analytics", &set, &error))
        return say_failure(&error);
    AUTO_FREE Query *queries = memory_alloc_zeroed(set.count, sizeof *queries);
    if (!parse_all(&set, queries, &error))
        return say_failure(&error);
    if (!check_names(options, queries, set.count) || !apply_settings(options, queries, set.count))
        return EXIT_USAGE;
    if (options->list) {
        list(queries, set.count);
        return EXIT_DONE;
    }
    AUTO_PAGE page = {0};
    page_begin(&page);
    if (print_all(config, options, queries, set.count, page.stream, &error)) {
        page_show(&page);
        return EXIT_DONE;
    }
    int code = say_failure(&error);
    return error.kind == ERROR_REJECT ? EXIT_USAGE : code; /* a setting that the query cannot take */
}
