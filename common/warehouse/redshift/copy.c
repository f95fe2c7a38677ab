/* SPDX-License-Identifier: Apache-2.0 */
#include "redshift/copy.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "db/statement.h"
#include "web/credentials.h"

/* COPY is told how its files are compressed, and does not look:
 * https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-file-compression.html. plan/pack.sql keeps tasks to
 * one kind. */
static const char *compression_of(const char *key)
{
    static const char *const kinds[][2] = {{".gz", "GZIP"}, {".bz2", "BZIP2"}, {".zst", "ZSTD"}, {".lzo", "LZOP"}};
    size_t length = strlen(key);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t ending = strlen(kinds[i][0]);
        if (length > ending && strcmp(key + length - ending, kinds[i][0]) == 0)
            return kinds[i][1];
    }
    return "";
}

static char *quote_role(Connection *connection, const Config *config)
{
    bool is_default = !*config->warehouse.role_arn || strcmp(config->warehouse.role_arn, "default") == 0;
    return is_default ? memory_copy_text("default") : connection_quote_literal(connection, config->warehouse.role_arn);
}

static bool append_column(Connection *connection, Buffer *out, const TableColumn *column, bool is_first)
{
    AUTO_FREE char *name = connection_quote_identifier(connection, column->name);
    if (!buffer_append_format(out, "%s%s %s", is_first ? "" : ", ", name, column->type) ||
        (column->length_max > 0 && !buffer_append_format(out, "(%" PRId32 ")", column->length_max)) ||
        (column->precision > 0 && !buffer_append_format(out, "(%d, %d)", column->precision, column->scale)))
        return false;
    return !column->is_not_null || buffer_append_text(out, " NOT NULL");
}

char *redshift_copy_table_sql(Connection *connection, const Table *table)
{
    AUTO_BUFFER columns;
    buffer_init(&columns, MIB);
    bool fits = true;
    for (size_t i = 0; fits && i < table->column_count; i++)
        fits = append_column(connection, &columns, &table->columns[i], i == 0);
    if (!fits)
        error_abort("a table's columns are longer than Redshift allows");
    return statement_fill(connection, "load/table", &(SqlPlace){"columns", buffer_slice(&columns).data}, 1);
}

/* COPY fails at that number of bad rows, and MAX_ERRORS is one less. COPY takes no number larger than this:
 * https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html */
static int64_t find_max_error(const Dataset *dataset)
{
    static const int64_t most = 100000;
    if (dataset->max_errors == 0)
        return 0;
    return dataset->max_errors < most ? dataset->max_errors + 1 : most;
}

/* COPY's own words for TIMEFORMAT. */
static const char *const time_formats[] = {[DATASET_TIME_AUTO] = "auto",
                                           [DATASET_TIME_EPOCH_SECONDS] = "epochsecs",
                                           [DATASET_TIME_EPOCH_MILLISECONDS] = "epochmillisecs"};

char *redshift_copy_sql(Connection *connection, const CopyOrder *order)
{
    AUTO_FREE char *manifest = connection_quote_literal(connection, order->manifest);
    AUTO_FREE char *role = quote_role(connection, order->config);
    AUTO_FREE char *json =
        connection_quote_literal(connection, order->jsonpaths ? order->jsonpaths : order->dataset->json);
    AUTO_FREE char *time_format = connection_quote_literal(connection, time_formats[order->dataset->time_format]);
    AUTO_FREE char *region_name = credentials_find_region(&order->config->aws);
    AUTO_FREE char *region = connection_quote_literal(connection, region_name);
    AUTO_FREE char *errors = memory_format("%" PRId64, find_max_error(order->dataset));
    const SqlPlace places[] = {
        {"columns", order->column_list},
        {"manifest", manifest},
        {"role", role},
        {"json", json},
        {"timeformat", time_format},
        {"region", region},
        {"errors", errors},
        {"compression", compression_of(order->first_key)},
    };
    return statement_fill(connection, "load/copy", places, sizeof places / sizeof *places);
}

char *redshift_copy_filled_sql(Connection *connection, const Table *table)
{
    AUTO_BUFFER counts;
    buffer_init(&counts, MIB);
    bool fits = true;
    for (size_t i = 0; fits && i < table->column_count; i++) {
        AUTO_FREE char *name = connection_quote_identifier(connection, table->columns[i].name);
        fits = buffer_append_format(&counts, "%sCOUNT(%s)", i > 0 ? ", " : "", name);
    }
    if (!fits)
        error_abort("a table's columns are longer than Redshift allows");
    return statement_fill(connection, "load/filled", &(SqlPlace){"counts", buffer_slice(&counts).data}, 1);
}

char *redshift_copy_insert_sql(Connection *connection, const Dataset *dataset, const Table *table)
{
    AUTO_FREE char *qualified = connection_qualify(connection, dataset->table);
    const SqlPlace places[] = {{"table", qualified}, {"columns", table->column_list}};
    return statement_fill(connection, "load/insert", places, sizeof places / sizeof *places);
}

char *redshift_copy_listing_sql(Connection *connection, const Config *config, const char *manifest_url)
{
    AUTO_FREE char *manifest = connection_quote_literal(connection, manifest_url);
    AUTO_FREE char *role = quote_role(connection, config);
    AUTO_FREE char *region_name = credentials_find_region(&config->aws);
    AUTO_FREE char *region = connection_quote_literal(connection, region_name);
    const SqlPlace places[] = {{"manifest", manifest}, {"role", role}, {"region", region}};
    return statement_fill(connection, "plan/copy", places, sizeof places / sizeof *places);
}
