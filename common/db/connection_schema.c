/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/memory.h"
#include "config/checks.h"
#include "db/connection_private.h"

/* NULL if nobody else may create in the schema and nothing of others' is in it. */
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
    connection->schema_name = memory_copy_text(result_text(schema, 0, 0));
    connection->schema = memory_copy_text(result_text(schema, 0, 1));
    const char *strange = result_is_null(schema, 0, 3) ? NULL : result_text(schema, 0, 3);
    connection->schema_warning = describe_danger(connection->schema, result_bool(schema, 0, 2), strange);
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

char *connection_qualify(const Connection *connection, const char *table)
{
    return config_table_find_dot(table) ? memory_copy_text(table) : memory_format("%s.%s", connection->schema, table);
}
