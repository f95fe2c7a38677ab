/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet status: what the ledger says of runs, workers and data, once or again and again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/stop.h"
#include "coordinator/commands.h"
#include "coordinator/printable.h"
#include "coordinator/table.h"
#include "db/ledger.h"
#include "db/sql.h"

/* Of the JSON: raised where a member or column goes or changes its meaning (docs/status.md). */
#define SCHEMA_VERSION 1

/* From the top of the screen, over what stood there. */
#define CLEAR_SCREEN "\033[H\033[2J"

#define LINE_BYTES_MAX (16 * KIB)

typedef struct StatusPart {
    const char *name;
    const char *statement;
    const char *title;
    bool wants_a_person; /* where it has a row */
    bool is_for_programs;
    const char *value;      /* the statement's $1; NULL: it has none */
    const char *when_empty; /* what people are told then */
} StatusPart;

static const StatusPart parts[] = {
    {.name = "runs", .statement = "status_runs", .title = "The latest runs", .when_empty = "No run was planned yet."},
    {.name = "partitions", .statement = "status_partitions", .title = "Partitions that are not finished"},
    {.name = "workers", .statement = "status_workers", .title = "Workers, and what they load"},
    {.name = "hung",
     .statement = "status_hung",
     .title = "Workers whose executors make no progress",
     .wants_a_person = true},
    {.name = "attempts",
     .statement = "status_attempts",
     .title = "Attempts that did not load, of runs that are not done"},
    {.name = "held", .statement = "status_held", .title = "What holds a run", .wants_a_person = true},
    {.name = "transforms",
     .statement = "status_transforms",
     .title = "What keeps complete runs out of the star schema",
     .wants_a_person = true},
    {.name = "waiting", .statement = "status_waiting", .title = "What no worker can begin", .wants_a_person = true},
    {.name = "services", .statement = "status_services", .title = "What waits for a service that is away"},
    {.name = "skipped", .statement = "status_skipped", .title = "What runs went on without, the latest"},
    {.name = "rejects", .statement = "status_rejects", .title = "Rejected rows, the latest"},
    {.name = "fields",
     .statement = "load_fields",
     .title = "Columns that no row fills, and fields that no column asks for, of what was loaded last",
     .value = "1970-01-01"},
    {.name = "freshness", .statement = "status_freshness", .title = "How fresh the datasets are"},
    {.name = "ledger", .statement = "status_ledger", .is_for_programs = true},
};

typedef struct Status {
    const Config *config;
    const Options *options;
    Connection *connection;
    FILE *stream;
    bool is_held;
} Status;

static void status_close(Status *status)
{
    connection_close(status->connection);
}
#define AUTO_STATUS AUTO(Status, status_close)

static bool reconnect(Status *status, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    if (connection_is_open(status->connection))
        return true;
    connection_close(status->connection);
    status->connection = NULL;
    return connection_open(status->config, "copyfleet query", &status->connection, error) &&
           ledger_read_id(status->connection, ledger, error);
}

/* People are not shown what is empty. */
static bool print_part(Status *status, const StatusPart *part, TablePrinter *printer, Error *error)
{
    AUTO_RESULT result = {0};
    if (!statement_run(status->connection, part->statement, &part->value, part->value ? 1 : 0, &result, error))
        return error_add_context(error, "%s", part->name);
    bool is_empty = result_row_count(&result) == 0;
    if (printer->format != TABLE_TEXT || !(is_empty || part->is_for_programs))
        table_print(printer, part->name, part->title, &result);
    else if (is_empty && part->when_empty)
        fprintf(status->stream, "%s\n", part->when_empty);
    status->is_held = status->is_held || (part->wants_a_person && !is_empty);
    return true;
}

/* All of it in one snapshot, so that its parts agree. */
static bool print_parts(Status *status, Error *error)
{
    TablePrinter printer = {
        .stream = status->stream, .format = status->options->format, .schema_version = SCHEMA_VERSION};
    status->is_held = false;
    if (!statement_run(status->connection, "query_begin", NULL, 0, NULL, error))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!print_part(status, &parts[i], &printer, error))
            return false;
    if (printer.format == TABLE_TEXT)
        fprintf(status->stream, "\n%s\n",
                status->is_held ? "Something waits for a person: see above." : "Nothing waits for a person.");
    table_finish(&printer);
    return true;
}

static void print_line(const char *text, size_t length, size_t width)
{
    AUTO_FREE char *copy = memory_format("%.*s", (int)length, text);
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    printable_append(&line, copy, width, false);
    printf("%.*s\n", (int)line.length, line.length > 0 ? line.data : "");
}

/* As much as the screen has room for: a line that is folded, or a page that runs off the top, cannot be read. */
static void print_screen(const char *text)
{
    struct winsize size;
    bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 && size.ws_col > 2;
    size_t width = is_known ? size.ws_col : SIZE_MAX, lines = is_known ? size.ws_row - 2U : SIZE_MAX;
    fputs(CLEAR_SCREEN, stdout);
    for (; *text && lines > 0; lines--) {
        size_t length = strcspn(text, "\n");
        print_line(text, length, width);
        text += length + (text[length] == '\n');
    }
    static const char more[] = "… more than this screen holds; copyfleet status shows all of it";
    if (*text)
        print_line(more, strlen(more), width);
}

/* Written in one go, or not at all. */
static bool show(Status *status, bool is_screen, Error *error)
{
    AUTO_FREE char *text = NULL;
    size_t length;
    status->stream = open_memstream(&text, &length);
    if (!status->stream)
        return error_set(error, ERROR_FATAL, "there is no memory for the status");
    bool is_shown = reconnect(status, error) && print_parts(status, error);
    if (status->connection)
        connection_roll_back(status->connection);
    fclose(status->stream);
    if (is_shown && is_screen)
        print_screen(text);
    else if (is_shown)
        fputs(text, stdout);
    fflush(stdout);
    return is_shown;
}

/* An outage is shown in its place, and waited out; what a person has to mend is not. */
static int watch(Status *status)
{
    bool is_screen = isatty(STDOUT_FILENO) && status->options->format == TABLE_TEXT;
    do {
        Error error;
        if (show(status, is_screen, &error))
            continue;
        if (error.kind != ERROR_RETRY && error.kind != ERROR_OUTAGE)
            return command_fail(&error);
        command_print_error("copyfleet: asking again", &error);
    } while (stop_wait_ms((int64_t)status->options->watch_s * 1000));
    return EXIT_INTERRUPTED;
}

int command_status(Config *config, const Options *options)
{
    Error error;
    AUTO_STATUS status = {.config = config, .options = options};
    if (options->watch_s > 0)
        return watch(&status);
    if (!show(&status, false, &error))
        return command_fail(&error);
    return status.is_held ? EXIT_FINDINGS : EXIT_DONE;
}
