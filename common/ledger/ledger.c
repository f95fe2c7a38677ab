/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "db/sql.h"
#include "db/statement.h"
#include "db/transaction.h"

#define SCHEMA_VERSION 4
/* Before it songplay_id was object · 2^32 + ordinal. */
#define FIRST_WITH_DECIMAL_IDS 4
#define USE_NEWER "use the newer copyfleet"

static bool run_files(Connection *connection, const SqlSet *set, Error *error)
{
    for (size_t i = 0; i < set->count; i++)
        if (!sql_file_run(connection, &set->files[i], error))
            return false;
    return true;
}

/* The user's files, if SQL_DIR has any. */
static bool run_tables(Connection *connection, const WarehouseConfig *config, const char *name, Error *error)
{
    AUTO_SQL_SET set = {0};
    return sql_set_load(config, name, &set, error) && run_files(connection, &set, error);
}

static bool run_ours(Connection *connection, const WarehouseConfig *config, const char *name, Error *error)
{
    AUTO_SQL_SET set = {0};
    sql_set_load_built_in(config, name, &set);
    return run_files(connection, &set, error);
}

/* What the ledger says of itself. */
typedef struct Name {
    char id[LEDGER_ID_SIZE]; /* "": it is damaged, and says nothing */
    int64_t version;         /* of its schema */
} Name;

static bool read_name(Connection *connection, Name *out_name, Error *error)
{
    AUTO_RESULT result = {0};
    *out_name = (Name){0};
    if (!statement_run(connection, "ledger/id", NO_VALUES, &result, error))
        return error_add_context(error, "reading the ledger");
    if (result_row_count(&result) != 1)
        return true;
    ResultRow row = result_row(&result, 0);
    snprintf(out_name->id, sizeof out_name->id, "%s", result_next_text(&row));
    out_name->version = result_next_number(&row);
    result_row_end(&row);
    return true;
}

static bool fail_version(const Connection *connection, int64_t version, const char *what_to_do, Error *error)
{
    return error_set(error, ERROR_FATAL, "the ledger at %s has schema version %" PRId64 ", this program knows %d: %s",
                     connection_name(connection), version, SCHEMA_VERSION, what_to_do);
}

/* 0 if there is no ledger, or a damaged one. */
static bool read_version(Connection *connection, int64_t *out_version, Error *error)
{
    AUTO_RESULT found = {0};
    Name name;
    *out_version = 0;
    if (!statement_run(connection, "ledger/exists", NO_VALUES, &found, error))
        return false;
    if (!result_only_bool(&found))
        return true;
    if (!read_name(connection, &name, error))
        return false;
    *out_version = name.version;
    return true;
}

/* A schema that a stranger made beforehand may hold anything. Asked before the lock, which is a table in that schema,
 * if the schema is not dropped; and again under the lock. */
static bool check_owner(Connection *connection, Error *error)
{
    AUTO_RESULT owner = {0};
    if (!statement_run(connection, "ledger/owner", NO_VALUES, &owner, error))
        return false;
    if (result_row_count(&owner) == 0)
        return true;
    return error_set(error, ERROR_FATAL,
                     "the schema copyfleet at %s belongs to %s, who is a stranger to this role: run create-tables as "
                     "its owner, or drop the schema, or ALTER SCHEMA copyfleet OWNER TO this role",
                     connection_name(connection), result_only_text(&owner));
}

/* Our views and columns over a newer ledger's would break the fleet that uses it. A ledger of our own version is not
 * touched: DDL waits for whoever reads a table, and all others wait for it. *out_former is 0 if there was none. */
static bool bring_up_to_date(Connection *connection, const WarehouseConfig *config, int64_t *out_former, Error *error)
{
    int64_t version;
    if (!check_owner(connection, error) || !read_version(connection, &version, error))
        return false;
    if (version > SCHEMA_VERSION)
        return fail_version(connection, version, USE_NEWER, error);
    *out_former = version;
    return version == SCHEMA_VERSION ||
           ((version == 0 || statement_run(connection, "ledger/upgrade", NO_VALUES, NULL, error)) &&
            run_ours(connection, config, "ledger.sql", error) && run_ours(connection, config, "views.sql", error));
}

/* CREATE TABLE IF NOT EXISTS takes a stranger's table for ours. Files of the user's own know whose tables they name. */
static bool check_tables(Connection *connection, const WarehouseConfig *config, Error *error)
{
    AUTO_RESULT strange = {0};
    const Values schema = VALUES(TEXT_VALUE(connection_schema_name(connection)));
    if (*config->sql_dir)
        return true;
    if (!statement_run_if_any(connection, "create/strange", schema, &strange, error))
        return false;
    if (result_row_count(&strange) == 0)
        return true;
    ResultRow row = result_row(&strange, 0);
    const char *name = result_next_text(&row), *owner = result_next_text(&row);
    result_row_end(&row);
    return error_set(error, ERROR_FATAL,
                     "%s at %s belongs to %s, who is a stranger to this role and whose triggers would run as it: drop "
                     "it, or make this role its owner after a look at it",
                     name, connection_name(connection), owner);
}

/* Tables of the user's own keep the ids that his transform gives them. */
static bool make_star(Connection *connection, const WarehouseConfig *config, int64_t former, Error *error)
{
    bool has_former_ids = former > 0 && former < FIRST_WITH_DECIMAL_IDS && !*config->sql_dir;
    const SqlPlace schema = {"schema", connection_schema(connection)};
    AUTO_FREE char *upgrade = statement_fill(connection, "create/upgrade_star", &schema, 1);
    return run_tables(connection, config, "star.sql", error) &&
           (!has_former_ids || connection_run(connection, upgrade, NULL, error));
}

/* Two create-tables at once would both find a table missing and make it. So the second waits for the first, and then
 * finds the table. */
static bool create(Connection *connection, const WarehouseConfig *config, bool drop, Error *error)
{
    int64_t former = 0;
    AUTO_TRANSACTION transaction = {0};
    return (drop || check_owner(connection, error)) &&
           transaction_run_statement(connection, "create/prepare", NO_VALUES, NULL, error) &&
           transaction_begin(&transaction, connection, TRANSACTION_PLAIN, error) &&
           statement_run(connection, "create/lock", NO_VALUES, NULL, error) &&
           (!drop || (statement_run(connection, "ledger/drop", NO_VALUES, NULL, error) &&
                      run_tables(connection, config, "drop.sql", error))) &&
           bring_up_to_date(connection, config, &former, error) && check_tables(connection, config, error) &&
           run_tables(connection, config, "staging.sql", error) && make_star(connection, config, former, error) &&
           statement_run_if_any(connection, "create/end", NO_VALUES, NULL, error) &&
           transaction_commit(&transaction, error);
}

/* The server does not say which table it was. */
static bool add_locked(Connection *connection, Error *error)
{
    AUTO_RESULT locked = {0};
    const Values schema = VALUES(TEXT_VALUE(connection_schema_name(connection)));
    Error said = *error, ignored;
    if (!statement_run(connection, "create/locked", schema, &locked, &ignored))
        return false;
    return error_set_service(error, said.kind, said.service,
                             "%.400s; locked is %.400s: run create-tables again after that", said.message,
                             result_only_text(&locked));
}

bool ledger_create_tables(Connection *connection, const WarehouseConfig *config, bool drop, Error *error)
{
    AUTO_FREE char *setting = statement_fill(connection, "create/settings", NULL, 0);
    if (connection_add_setting(connection, setting, error) && create(connection, config, drop, error))
        return true;
    return connection_was_locked_out(connection) ? add_locked(connection, error) : false;
}

static bool fail_nameless(const Connection *connection, Error *error)
{
    return error_set(error, ERROR_FATAL, "the ledger at %s has no id: copyfleet create-tables mends it",
                     connection_name(connection));
}

bool ledger_read_id(Connection *connection, char out_id[LEDGER_ID_SIZE], Error *error)
{
    Name name;
    if (!read_name(connection, &name, error))
        return false;
    if (!*name.id)
        return fail_nameless(connection, error);
    if (name.version != SCHEMA_VERSION)
        return fail_version(connection, name.version,
                            name.version < SCHEMA_VERSION ? "copyfleet create-tables brings it up to date" : USE_NEWER,
                            error);
    if (!ledger_bind(connection, name.id, error))
        return false;
    memcpy(out_id, name.id, LEDGER_ID_SIZE);
    return true;
}

/* For the trigger that refuses strangers. */
static bool name_ledger(Connection *connection, const char *id, Error *error)
{
    AUTO_FREE char *name = memory_format("%s/%d", id, SCHEMA_VERSION);
    AUTO_FREE char *literal = connection_quote_literal(connection, name);
    AUTO_FREE char *setting = statement_fill(connection, "ledger/bind", &(SqlPlace){"ledger", literal}, 1);
    return connection_add_setting(connection, setting, error);
}

bool ledger_bind(Connection *connection, const char *id, Error *error)
{
    assert(*id && !connection_is_in_transaction(connection));
    if (statement_exists(connection, "ledger/bind") && !name_ledger(connection, id, error)) {
        connection_end(connection); /* nobody may find it open and take it for bound */
        return false;
    }
    connection_bind(connection, id, ledger_confirm);
    return true;
}

bool ledger_confirm(Connection *connection, Error *error)
{
    assert(*connection_ledger(connection));
    Name name;
    if (!read_name(connection, &name, error))
        return false;
    if (!*name.id)
        return fail_nameless(connection, error);
    if (strcmp(name.id, connection_ledger(connection)) != 0)
        return error_set(
            error, ERROR_FATAL,
            "the ledger at %s was dropped and made again since this program began: start the program again",
            connection_name(connection));
    return name.version == SCHEMA_VERSION || fail_version(connection, name.version, USE_NEWER, error);
}
