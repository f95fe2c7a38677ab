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

#define WAREHOUSE "postgres/"
#define TABLE_PLACE ":table"
#define FILE_BYTES_MAX (4 * MIB)

static const char *find(const char *path)
{
    for (const SqlFile *file = sql_files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file->text;
    return NULL;
}

const char *sql_statement(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, WAREHOUSE "statements/%s.sql", name);
    const char *text = find(path);
    if (!text)
        error_abort(path);
    return text;
}

char *sql_statement_on(const char *name, const char *table)
{
    const char *text = sql_statement(name);
    const char *place = strstr(text, TABLE_PLACE);
    if (!place)
        error_abort(name);
    return memory_format("%.*s%s%s", (int)(place - text), text, table, place + strlen(TABLE_PLACE));
}

static void set_add(SqlSet *set, size_t *capacity, const char *path, const char *text)
{
    set->files = memory_grow(set->files, set->count, capacity, sizeof *set->files);
    set->files[set->count++] = (SqlFile){memory_copy_text(path), memory_copy_text(text)};
}

static void load_built_in(const char *name, SqlSet *set)
{
    char prefix[128];
    snprintf(prefix, sizeof prefix, WAREHOUSE "%s%s", name, strchr(name, '.') ? "" : "/");
    size_t capacity = 0;
    for (const SqlFile *file = sql_files; file->path; file++)
        if (strncmp(file->path, prefix, strlen(prefix)) == 0)
            set_add(set, &capacity, file->path + strlen(WAREHOUSE), file->text);
}

static bool load_file(const char *path, const char *name, SqlSet *set, size_t *capacity, Error *error)
{
    AUTO_BUFFER text;
    buffer_init(&text, FILE_BYTES_MAX);
    if (!file_read(path, "SQL file", &text, error))
        return false;
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
    if (count < 0)
        return error_set(error, ERROR_FATAL, "cannot read the SQL folder %s: %s", folder, strerror(errno));
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

bool sql_set_load(const char *sql_dir, const char *name, SqlSet *out_set, Error *error)
{
    *out_set = (SqlSet){0};
    if (!*sql_dir) {
        load_built_in(name, out_set);
        return true;
    }
    AUTO_FREE char *path = memory_format("%s/%s", sql_dir, name);
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
