/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sql.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

#define FILE_BYTES_MAX (4 * MIB)
/* A schema's name, quoted, is at most twenty times as long as its place. */
#define FILLED_BYTES_MAX (20 * FILE_BYTES_MAX)

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* The length of the name of the place whose ':' is at; 0 if it is the ':' of a cast. */
static size_t measure_place(const char *text, const char *at)
{
    if (at[1] == ':' || (at > text && at[-1] == ':'))
        return 0;
    size_t length = 0;
    while (is_name(at[1 + length]))
        length++;
    return length;
}

static const char *find_filling(const char *name, size_t length, const SqlPlace *places, size_t place_count)
{
    for (size_t i = 0; i < place_count && length > 0; i++)
        if (strlen(places[i].name) == length && strncmp(places[i].name, name, length) == 0)
            return places[i].text;
    return NULL;
}

bool sql_fill(Buffer *out, const char *text, const SqlPlace *places, size_t place_count, bool is_ours)
{
    const char *rest = text;
    for (const char *colon; (colon = strchr(rest, ':'));) {
        size_t length = measure_place(text, colon);
        const char *filling = find_filling(colon + 1, length, places, place_count);
        if (is_ours && length > 0 && !filling)
            error_abort("a statement has a place that nothing is for");
        size_t taken = filling ? 1 + length : 1;
        if (!buffer_append(out, (Slice){rest, (size_t)(colon - rest)}) ||
            !buffer_append(out, filling ? slice_from_text(filling) : (Slice){colon, 1}))
            return false;
        rest = colon + taken;
    }
    return buffer_append_text(out, rest);
}

char *sql_text_fill(Connection *connection, const char *text)
{
    AUTO_FREE char *name = connection_quote_literal(connection, connection_schema_name(connection));
    const SqlPlace places[] = {{"schema", connection_schema(connection)}, {"schema_name", name}};
    AUTO_BUFFER filled;
    buffer_init(&filled, FILLED_BYTES_MAX);
    if (!sql_fill(&filled, text, places, sizeof places / sizeof *places, false))
        error_abort("an SQL file is longer than its bound");
    return take(filled.data);
}

bool sql_file_run(Connection *connection, const SqlFile *file, Error *error)
{
    AUTO_FREE char *sql = sql_text_fill(connection, file->text);
    return connection_run_part(connection, sql, error) || error_add_context(error, "%s", file->path);
}

static void set_add(SqlSet *set, size_t *capacity, const char *path, const char *text)
{
    set->files = memory_grow(set->files, set->count, capacity, sizeof *set->files);
    set->files[set->count++] = (SqlFile){memory_copy_text(path), memory_copy_text(text)};
}

void sql_set_load_built_in(const WarehouseConfig *config, const char *name, SqlSet *out_set)
{
    static const char *const folders[] = {[WAREHOUSE_POSTGRES] = "postgres", [WAREHOUSE_REDSHIFT] = "redshift"};
    char prefix[128];
    size_t folder_length = (size_t)snprintf(prefix, sizeof prefix, "%s/", folders[config->kind]);
    snprintf(prefix + folder_length, sizeof prefix - folder_length, "%s%s", name, strchr(name, '.') ? "" : "/");
    size_t capacity = 0;
    *out_set = (SqlSet){0};
    for (const SqlFile *file = sql_files; file->path; file++)
        if (strncmp(file->path, prefix, strlen(prefix)) == 0)
            set_add(out_set, &capacity, file->path + folder_length, file->text);
}

/* Whoever writes the first folder of his own meets this. */
static bool say_what_belongs(Error *error)
{
    const Error cause = *error;
    return error_set(error, cause.kind,
                     "%s; [FLEET] SQL_DIR has the files staging.sql, star.sql and drop.sql, and the folders transform, "
                     "checks and analytics, each of which may be empty",
                     cause.message);
}

static bool load_file(const char *path, const char *name, SqlSet *set, size_t *capacity, Error *error)
{
    AUTO_BUFFER text;
    buffer_init(&text, FILE_BYTES_MAX);
    if (!file_read(path, "SQL file", &text, error))
        return say_what_belongs(error);
    set_add(set, capacity, name, buffer_slice(&text).data);
    return true;
}

static int is_sql(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

static bool load_folder(const char *folder, const char *name, SqlSet *set, Error *error)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_sql, alphasort);
    if (count < 0) {
        (void)!error_set(error, ERROR_FATAL, "cannot read the SQL folder %s: %s", folder, strerror(errno));
        return say_what_belongs(error);
    }
    size_t capacity = 0;
    bool is_loaded = true;
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *path = memory_format("%s/%s", folder, entries[i]->d_name);
        AUTO_FREE char *file_name = memory_format("%s/%s", name, entries[i]->d_name);
        is_loaded = is_loaded && load_file(path, file_name, set, &capacity, error);
        free(entries[i]);
    }
    free(entries);
    return is_loaded;
}

bool sql_set_load(const WarehouseConfig *config, const char *name, SqlSet *out_set, Error *error)
{
    if (!*config->sql_dir) {
        sql_set_load_built_in(config, name, out_set);
        return true;
    }
    *out_set = (SqlSet){0};
    AUTO_FREE char *path = memory_format("%s/%s", config->sql_dir, name);
    size_t capacity = 0;
    bool is_loaded =
        strchr(name, '.') ? load_file(path, name, out_set, &capacity, error) : load_folder(path, name, out_set, error);
    if (!is_loaded)
        sql_set_done(out_set);
    return is_loaded;
}

void sql_set_done(SqlSet *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free((char *)set->files[i].path);
        free((char *)set->files[i].text);
    }
    free(set->files);
    *set = (SqlSet){0};
}
