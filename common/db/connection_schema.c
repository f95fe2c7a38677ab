/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/memory.h"
#include "config/table.h"
#include "db/connection_private.h"

/* NULL if only we can create in the schema, and nobody else owns anything in it. */
static char *describe_danger(const char *schema, bool is_open, const char *strange)
{
    AUTO_FREE char *rights = memory_format("others may create in schema %s: REVOKE CREATE ON SCHEMA %s FROM PUBLIC, "
                                           "and from every other role that has this right",
                                           schema, schema);
    AUTO_FREE char *things = memory_format("others own what could stand in for the server's own in schema %s (%s): "
                                           "drop it or change its owner",
                                           schema, strange ? strange : "");
    if (is_open && strange)
        return memory_format("%s; %s", rights, things);
    return is_open ? take(rights) : strange ? take(things) : NULL;
}

void connection_take_schema(Connection *connection, const Result *schema)
{
    ResultRow row = result_row(schema, 0);
    connection->schema_name = memory_copy_text(result_next_text(&row));
    connection->schema = memory_copy_text(result_next_text(&row));
    bool is_open = result_next_bool(&row);
    connection->schema_warning = describe_danger(connection->schema, is_open, result_next_text_or_null(&row));
    result_row_end(&row);
}

const char *connection_schema(const Connection *connection)
{
    return connection->schema;
}

const char *connection_schema_name(const Connection *connection)
{
    return connection->schema_name;
}

const char *connection_schema_warning(const Connection *connection)
{
    return connection->schema_warning;
}

static char *spell_table(const Connection *connection, const Dataset *dataset)
{
    AUTO_FREE char *qualified = connection_qualify(connection, dataset->table);
    return config_table_spell(qualified);
}

static bool check_two(const Connection *connection, const Dataset *dataset, const Dataset *other, Error *error)
{
    AUTO_FREE char *table = spell_table(connection, dataset);
    AUTO_FREE char *other_table = spell_table(connection, other);
    return strcmp(table, other_table) != 0 ||
           error_set(error, ERROR_FATAL,
                     "[dataset %s] TABLE %s and [dataset %s] TABLE %s are one table at %s, %s: give each dataset a "
                     "table of its own",
                     other->name, other->table, dataset->name, dataset->table, connection->name, table);
}

bool connection_check_tables(const Connection *connection, const WarehouseConfig *config, Error *error)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        for (size_t k = 0; k < i; k++)
            if (!check_two(connection, &config->datasets[i], &config->datasets[k], error))
                return false;
    return true;
}

char *connection_qualify(const Connection *connection, const char *table)
{
    return config_table_find_dot(table) ? memory_copy_text(table) : memory_format("%s.%s", connection->schema, table);
}
