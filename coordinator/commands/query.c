/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/query.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "db/statement.h"

static void set_name(Query *query, const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    while (isdigit((unsigned char)*name))
        name++;
    name += *name == '_';
    snprintf(query->name, sizeof query->name, "%.*s", (int)strcspn(name, "."), name);
}

static bool read_parameter(Query *query, const char *text, size_t length)
{
    if (query->parameter_count == QUERY_PARAMETERS_MAX)
        return false;
    QueryParameter *parameter = &query->parameters[query->parameter_count++];
    char line[320];
    snprintf(line, sizeof line, "%.*s", (int)length, text);
    return sscanf(line, "%63[a-z_] = %255[^\n]", parameter->name, parameter->value) == 2;
}

static bool starts_with(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

bool query_begin(Transaction *transaction, Connection *connection, Error *error)
{
    return transaction_begin(transaction, connection, TRANSACTION_READING, error) &&
           statement_run_if_any(connection, "query/begin", NO_VALUES, NULL, error);
}

bool query_parse(const SqlFile *file, Query *out_query, Error *error)
{
    static const char *const title_marks[] = {"-- title: ", "-- check: "};
    *out_query = (Query){.sql = file->text};
    set_name(out_query, file->path);
    for (const char *line = file->text; starts_with(line, "--"); line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        for (size_t i = 0; i < sizeof title_marks / sizeof *title_marks; i++)
            if (starts_with(line, title_marks[i]))
                snprintf(out_query->title, sizeof out_query->title, "%.*s", (int)(length - strlen(title_marks[i])),
                         line + strlen(title_marks[i]));
        const char *mark = "-- parameter: ";
        if (starts_with(line, mark) && !read_parameter(out_query, line + strlen(mark), length - strlen(mark)))
            return error_set(error, ERROR_FATAL, "%s: '%.*s' is no parameter: write -- parameter: name = default",
                             file->path, (int)length, line);
    }
    return *out_query->title != '\0' ||
           error_set(error, ERROR_FATAL, "%s has no first comment -- title: or -- check:", file->path);
}

bool query_set(Query *query, const Setting *setting)
{
    for (size_t i = 0; i < query->parameter_count; i++) {
        QueryParameter *parameter = &query->parameters[i];
        if (strlen(parameter->name) != setting->name_length ||
            strncmp(parameter->name, setting->name, setting->name_length) != 0)
            continue;
        int length = snprintf(parameter->value, sizeof parameter->value, "%s", setting->value);
        return (size_t)length < sizeof parameter->value;
    }
    return false;
}

bool query_execute(const Query *query, Connection *connection, Result *out_result, Error *error)
{
    const char *values[QUERY_PARAMETERS_MAX];
    for (size_t i = 0; i < query->parameter_count; i++)
        values[i] = query->parameters[i].value;
    AUTO_FREE char *sql = sql_text_fill(connection, query->sql);
    return connection_query_part(connection, sql, values, query->parameter_count, out_result, error) ||
           error_add_context(error, "%s", query->name);
}
