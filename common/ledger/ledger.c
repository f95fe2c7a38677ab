/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "db/connection_private.h"
#include "db/sql.h"

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

/* The user's, where he has some of his own. */
static bool run_tables(Connection *connection, const Config *config, const char *name, Error *error)
{
    AUTO_SQL_SET set = {0};
    return sql_set_load(config, name, &set, error) && run_files(connection, &set, error);
}

static bool run_ours(Connection *connection, const Config *config, const char *name, Error *error)
{
    AUTO_SQL_SET set = {0};
    sql_set_load_built_in(config, name, &set);
    return run_files(connection, &set, error);
}

static bool read_ledger(Connection *connection, Result *out_result, Error *error)
{
    return statement_run(connection, "ledger/id", NULL, 0, out_result, error) ||
           error_add_context(error, "reading the ledger");
}

static bool fail_version(const Connection *connection, int64_t version, const char *what_to_do, Error *error)
{
    return error_set(error, ERROR_FATAL, "the ledger at %s has schema version %" PRId64 ", this program knows %d: %s",
                     connection_name(connection), version, SCHEMA_VERSION, what_to_do);
}

/* 0 where there is none, or a damaged one. */
static bool read_version(Connection *connection, int64_t *out_version, Error *error)
{
    AUTO_RESULT found = {0}, ledger = {0};
    *out_version = 0;
    if (!statement_run(connection, "ledger/exists", NULL, 0, &found, error))
        return false;
    if (!result_bool(&found, 0, 0))
        return true;
    if (!read_ledger(connection, &ledger, error))
        return false;
    if (result_row_count(&ledger) == 1)
        *out_version = result_number(&ledger, 0, 1);
    return true;
}

/* A schema that a stranger made beforehand may hold anything. Asked before the lock, which is a table in that schema,
 * if the schema is not dropped; and again under the lock. */
static bool check_owner(Connection *connection, Error *error)
{
    AUTO_RESULT owner = {0};
    if (!statement_run(connection, "ledger/owner", NULL, 0, &owner, error))
        return false;
    if (result_row_count(&owner) == 0)
        return true;
    return error_set(error, ERROR_FATAL,
                     "the schema copyfleet at %s belongs to %s, who is a stranger to this role: run create-tables as "
                     "its owner, or drop the schema, or ALTER SCHEMA copyfleet OWNER TO this role",
                     connection_name(connection), result_text(&owner, 0, 0));
}

/* Our views and columns over a newer ledger's would break the fleet that uses it. One of our version is left alone: DDL
 * waits for whoever reads a table, and all others wait for it. *out_former is 0 if there was none. */
static bool bring_up_to_date(Connection *connection, const Config *config, int64_t *out_former, Error *error)
{
    int64_t version;
    if (!check_owner(connection, error) || !read_version(connection, &version, error))
        return false;
    if (version > SCHEMA_VERSION)
        return fail_version(connection, version, USE_NEWER, error);
    *out_former = version;
    return version == SCHEMA_VERSION ||
           ((version == 0 || statement_run(connection, "ledger/upgrade", NULL, 0, NULL, error)) &&
            run_ours(connection, config, "ledger.sql", error) && run_ours(connection, config, "views.sql", error));
}

/* CREATE TABLE IF NOT EXISTS takes a stranger's table for ours. Files of the user's own know whose tables they name. */
static bool check_tables(Connection *connection, const Config *config, Error *error)
{
    AUTO_RESULT strange = {0};
    const char *values[] = {connection_schema_name(connection)};
    if (*config->sql_dir)
        return true;
    if (!statement_run(connection, "create/strange", values, 1, &strange, error))
        return false;
    if (result_row_count(&strange) == 0)
        return true;
    return error_set(
        error, ERROR_FATAL,
        "%s at %s belongs to %s, who is a stranger to this role and whose triggers would run as it: drop it, "
        "or make this role its owner after a look at it",
        result_text(&strange, 0, 0), connection_name(connection), result_text(&strange, 0, 1));
}

/* Tables of the user's own keep the ids that his transform gives them. */
static bool make_star(Connection *connection, const Config *config, int64_t former, Error *error)
{
    bool has_former_ids = former > 0 && former < FIRST_WITH_DECIMAL_IDS && !*config->sql_dir;
    const SqlPlace schema = {"schema", connection_schema(connection)};
    AUTO_FREE char *upgrade = statement_fill(connection, "create/upgrade_star", &schema, 1);
    return run_tables(connection, config, "star.sql", error) &&
           (!has_former_ids || connection_run(connection, upgrade, NULL, error));
}

/* Two of us at once would both find a table missing and make it: the second waits, and finds it. */
static bool create(Connection *connection, const Config *config, bool drop, Error *error)
{
    int64_t former = 0;
    return (drop || check_owner(connection, error)) &&
           statement_run(connection, "create/prepare", NULL, 0, NULL, error) &&
           (!drop || (statement_run(connection, "ledger/drop", NULL, 0, NULL, error) &&
                      run_tables(connection, config, "drop.sql", error))) &&
           bring_up_to_date(connection, config, &former, error) && check_tables(connection, config, error) &&
           run_tables(connection, config, "staging.sql", error) && make_star(connection, config, former, error) &&
           statement_run(connection, "create/end", NULL, 0, NULL, error) &&
           connection_run(connection, "COMMIT", NULL, error);
}

/* The server does not say which table it was. */
static bool add_locked(Connection *connection, Error *error)
{
    AUTO_RESULT locked = {0};
    const char *values[] = {connection_schema_name(connection)};
    Error said = *error, ignored;
    if (!statement_run(connection, "create/locked", values, 1, &locked, &ignored))
        return false;
    return error_set_service(error, said.kind, said.service,
                             "%.400s; locked is %.400s: run create-tables again after that", said.message,
                             result_text(&locked, 0, 0));
}

bool ledger_create_tables(Connection *connection, const Config *config, bool drop, Error *error)
{
    AUTO_FREE char *setting = statement_fill(connection, "create/settings", NULL, 0);
    if (connection_add_setting(connection, setting, error) && create(connection, config, drop, error))
        return true;
    connection_roll_back(connection);
    return connection_was_locked_out(connection) ? add_locked(connection, error) : false;
}

bool ledger_read_id(Connection *connection, char out_id[LEDGER_ID_SIZE], Error *error)
{
    AUTO_RESULT result = {0};
    if (!read_ledger(connection, &result, error))
        return false;
    if (result_row_count(&result) != 1)
        return error_set(error, ERROR_FATAL, "the ledger at %s has no id: copyfleet create-tables mends it",
                         connection_name(connection));
    int64_t version = result_number(&result, 0, 1);
    if (version != SCHEMA_VERSION)
        return fail_version(connection, version,
                            version < SCHEMA_VERSION ? "copyfleet create-tables brings it up to date" : USE_NEWER,
                            error);
    snprintf(out_id, LEDGER_ID_SIZE, "%s", result_text(&result, 0, 0));
    return ledger_bind(connection, out_id, error);
}

bool ledger_bind(Connection *connection, const char *id, Error *error)
{
    AUTO_FREE char *name = memory_format("%s/%d", id, SCHEMA_VERSION);
    AUTO_FREE char *literal = connection_quote_literal(connection, name);
    AUTO_FREE char *setting = statement_fill(connection, "ledger/bind", &(SqlPlace){"ledger", literal}, 1);
    if (!connection_add_setting(connection, setting, error))
        return false;
    snprintf(connection->ledger, sizeof connection->ledger, "%s", id);
    return true;
}

const char *ledger_id(const Connection *connection)
{
    return connection->ledger;
}

bool ledger_confirm(Connection *connection, Error *error)
{
    AUTO_RESULT result = {0};
    if (!read_ledger(connection, &result, error))
        return false;
    bool is_there = result_row_count(&result) == 1;
    if (!is_there || strcmp(result_text(&result, 0, 0), connection->ledger) != 0)
        return error_set(error, ERROR_FATAL,
                         "the ledger at %s was dropped and made anew since this program began: start the program anew",
                         connection_name(connection));
    int64_t version = result_number(&result, 0, 1);
    return version == SCHEMA_VERSION || fail_version(connection, version, USE_NEWER, error);
}
