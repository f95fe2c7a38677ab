/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet status: what the ledger says of runs, workers and data, once or again and again. */
#include <inttypes.h>
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
#include "commands/commands.h"
#include "db/sql.h"
#include "ledger/ledger.h"
#include "show/items.h"
#include "show/printable.h"
#include "show/table.h"

/* Of the JSON: raised where a member or column goes or changes its meaning (docs/status.md). */
#define SCHEMA_VERSION 1

/* From the top of the screen, over what stood there. */
#define CLEAR_SCREEN "\033[H\033[2J"

#define LINE_BYTES_MAX (16 * KIB)

/* Of a line, if no terminal says how wide it is. */
#define WIDTH 80

/* Attempts of a task that failed, from which on it goes in circles. */
#define CIRCLING_MIN 10

#define VALUE_SIZE 24

/* Where people are shown a part: what waits for them comes first, and of that what keeps all else from going on. */
typedef enum Place { PLACE_SERVICES, PLACE_WAITS, PLACE_FLEET, PLACE_RUNS, PLACE_DATA, PLACE_NONE } Place;

/* $1 of a part's statement. */
typedef enum Value { VALUE_NONE, VALUE_STALL_MS, VALUE_CIRCLING_MIN, VALUE_EVER } Value;

/* People are told each row in a sentence (items_print), or shown a table of these columns, the most worth first. */
typedef struct StatusPart {
    const char *name;
    const char *statement;
    Place place;
    Value value;
    const char *title;
    const char *columns;
    const char *sentence;
    const char *when_empty; /* what people are told then */
} StatusPart;

/* In the order of the JSON. */
static const StatusPart parts[] = {
    {.name = "runs",
     .statement = "status/runs",
     .place = PLACE_RUNS,
     .title = "The latest runs",
     .columns =
         "run state planned_at tasks planned failed objects rows rejects eta_s kind done_at seconds bytes unknown",
     .when_empty = "No run was planned yet."},
    {.name = "partitions",
     .statement = "status/partitions",
     .place = PLACE_RUNS,
     .title = "Partitions that are not finished",
     .columns = "run dataset partition planned loading refused failed attempts tasks objects objects_settled bytes "
                "bytes_settled rows"},
    {.name = "workers",
     .statement = "status/workers",
     .place = PLACE_FLEET,
     .value = VALUE_STALL_MS,
     .title = "Workers, and what they load",
     .columns = "worker task dataset partition loading_s attempt objects bytes seen_s started_at"},
    {.name = "hung",
     .statement = "status/hung",
     .place = PLACE_WAITS,
     .value = VALUE_STALL_MS,
     .sentence = "worker {worker}: executors that have made no progress for STALL_S: {hung}"},
    {.name = "attempts",
     .statement = "status/attempts",
     .place = PLACE_RUNS,
     .title = "Attempts that did not load, of runs that are not done",
     .sentence =
         "task {task} ({dataset}, {partition}), attempt {attempt} by {worker}, {outcome}[ at {ended_at}][: {reason}]"},
    {.name = "held",
     .statement = "status/held",
     .place = PLACE_WAITS,
     .sentence = "{object} holds run {run} (task {run}/{task}): {reason}"},
    {.name = "transforms",
     .statement = "status/transforms",
     .place = PLACE_WAITS,
     .sentence = "run {run} is complete, and cannot come into the star schema: {reason}"},
    {.name = "waiting",
     .statement = "status/waiting",
     .place = PLACE_WAITS,
     .sentence = "no worker can begin tasks of dataset {dataset} (tasks: {tasks}, objects: {objects}): {reason}"},
    {.name = "services",
     .statement = "status/services",
     .sentence =
         "{waits_for} is away, and dataset {dataset} waits for it (tasks: {tasks}, objects: {objects}): {reason}"},
    {.name = "skipped",
     .statement = "status/skipped",
     .place = PLACE_DATA,
     .title = "What runs went on without, the latest",
     .sentence = "{object} (task {run}/{task})[: {reason}]"},
    {.name = "rejects",
     .statement = "status/rejects",
     .place = PLACE_DATA,
     .title = "Rejected rows, the latest",
     .sentence = "{object}, line {line}[, column {column_name}]: {reason}"},
    {.name = "fields",
     .statement = "run/fields",
     .place = PLACE_DATA,
     .value = VALUE_EVER,
     .title = "Columns that no row fills, and fields that no column asks for, of what was loaded last",
     .sentence =
         "dataset {dataset}, {kind}[ {name}]: objects: {objects} of {of_objects}, rows: {rows} of {of_rows}; {object}"},
    {.name = "freshness",
     .statement = "status/freshness",
     .place = PLACE_DATA,
     .title = "How fresh the datasets are",
     .columns = "dataset listed_at visible_at waiting_objects lag_s last_run newest_modified_at waiting_bytes"},
    {.name = "ledger", .statement = "status/ledger", .place = PLACE_NONE},
    {.name = "processes",
     .statement = "status/processes",
     .value = VALUE_STALL_MS,
     .sentence = "{kind}[ {process}]: {reason}[ (since {since})]"},
    {.name = "unlisted",
     .statement = "status/unlisted",
     .sentence = "dataset {dataset} cannot be listed since {since}: {reason}"},
    {.name = "circling",
     .statement = "status/circling",
     .place = PLACE_WAITS,
     .value = VALUE_CIRCLING_MIN,
     .sentence =
         "task {task} ({dataset}, {partition}) fails again and again, {attempts} times since {since}: {reason}"},
};

#define PARTS (sizeof parts / sizeof *parts)

typedef struct Status {
    const Config *config;
    const Options *options;
    Connection *connection;
    FILE *stream;
    size_t width;
    Result results[PARTS];
    size_t waiting; /* rows that wait for a person */
} Status;

static void status_close(Status *status)
{
    for (size_t i = 0; i < PARTS; i++)
        result_done(&status->results[i]);
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

static const char *value_of(const Status *status, Value value, char text[VALUE_SIZE])
{
    if (value == VALUE_EVER)
        return "1970-01-01";
    if (value == VALUE_NONE)
        return NULL;
    snprintf(text, VALUE_SIZE, "%" PRId64, value == VALUE_STALL_MS ? status->config->stall_s * 1000 : CIRCLING_MIN);
    return text;
}

/* All of it in one snapshot, so that its parts agree. */
static bool ask(Status *status, Error *error)
{
    if (!statement_run(status->connection, "query/begin", NULL, 0, NULL, error))
        return false;
    status->waiting = 0;
    for (size_t i = 0; i < PARTS; i++) {
        char text[VALUE_SIZE];
        const char *value = value_of(status, parts[i].value, text);
        result_done(&status->results[i]);
        status->results[i] = (Result){0};
        if (!statement_run(status->connection, parts[i].statement, &value, value ? 1 : 0, &status->results[i], error))
            return error_add_context(error, "%s", parts[i].name);
        if (parts[i].place <= PLACE_WAITS)
            status->waiting += result_row_count(&status->results[i]);
    }
    return true;
}

/* People are not shown what is empty. */
static void print_part(const Status *status, const StatusPart *part, const Result *result)
{
    ItemPrinter items = {.stream = status->stream, .width = status->width};
    if (result_row_count(result) == 0) {
        fprintf(status->stream, "%s%s", part->when_empty ? part->when_empty : "", part->when_empty ? "\n" : "");
        return;
    }
    fputs("\n", status->stream);
    if (part->columns) {
        table_print_fitting(status->stream, part->title, result, part->columns, status->width);
        return;
    }
    fprintf(status->stream, "%s\n", part->title);
    items_print(&items, part->sentence, result);
}

static void print_text(const Status *status)
{
    ItemPrinter items = {.stream = status->stream, .width = status->width, .has_numbers = true};
    if (status->waiting == 0)
        fputs("Nothing waits for a person.\n", status->stream);
    else
        fprintf(status->stream, "%zu thing%s for a person:\n", status->waiting,
                status->waiting == 1 ? " waits" : "s wait");
    for (Place place = PLACE_SERVICES; place < PLACE_NONE; place++)
        for (size_t i = 0; i < PARTS; i++)
            if (parts[i].place == place && place <= PLACE_WAITS)
                items_print(&items, parts[i].sentence, &status->results[i]);
            else if (parts[i].place == place)
                print_part(status, &parts[i], &status->results[i]);
}

static void print_all(const Status *status)
{
    TablePrinter printer = {
        .stream = status->stream, .format = status->options->format, .schema_version = SCHEMA_VERSION};
    if (printer.format == TABLE_TEXT) {
        print_text(status);
        return;
    }
    for (size_t i = 0; i < PARTS; i++)
        table_print(&printer, parts[i].name, "", &status->results[i]);
    table_finish(&printer);
}

static void print_line(const char *text, size_t length, size_t width)
{
    AUTO_FREE char *copy = memory_format("%.*s", (int)length, text);
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    printable_append(&line, copy, width, false);
    printf("%.*s\n", (int)line.length, line.length > 0 ? line.data : "");
}

/* False if standard output is no terminal, or one of unknown size. */
static bool find_screen(size_t *out_width, size_t *out_lines)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row <= 2 || size.ws_col <= 2)
        return false;
    *out_width = size.ws_col;
    *out_lines = size.ws_row - 2U;
    return true;
}

/* As much as the screen has room for: a line that is folded, or a page that runs off the top, cannot be read. */
static void print_screen(const char *text)
{
    size_t width = SIZE_MAX, lines = SIZE_MAX;
    (void)!find_screen(&width, &lines);
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
    size_t lines;
    if (!find_screen(&status->width, &lines))
        status->width = WIDTH;
    bool is_shown = reconnect(status, error) && ask(status, error);
    if (is_shown)
        print_all(status);
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
    return status.waiting > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
