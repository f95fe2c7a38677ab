/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet status: what the ledger says of runs, workers and data, once or every few seconds. */
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
#include "cli/say.h"
#include "commands/commands.h"
#include "commands/query.h"
#include "db/statement.h"
#include "ledger/ledger.h"
#include "show/items.h"
#include "show/printable.h"
#include "show/table.h"

/* Of the JSON. It is raised if a member or column goes or changes its meaning (docs/status.md). */
#define SCHEMA_VERSION 1

/* Go to the top of the screen, and clear it. */
#define CLEAR_SCREEN "\033[H\033[2J"

#define LINE_BYTES_MAX (16 * KIB)

/* How wide a line is if no terminal says so. */
#define WIDTH 80

/* A task with so many failed attempts goes in circles. */
#define CIRCLING_MIN 10

/* At which place people are shown a part. First comes what waits for them: what keeps all else from going on, and at
 * the end single objects, of which there may be many. Then comes what may be a mistake, or may be as it should be. */
typedef enum Place {
    PLACE_SERVICES,
    PLACE_DATASETS,
    PLACE_WAITS,
    PLACE_DOUBTS,
    PLACE_FLEET,
    PLACE_RUNS,
    PLACE_DATA,
    PLACE_NONE
} Place;

/* The LIMIT of the statements for what waits. */
#define ROWS_MAX 50

/* $1 of a part's statement. */
typedef enum Value { VALUE_NONE, VALUE_STALL_MS, VALUE_CIRCLING_MIN, VALUE_EVER, VALUE_DATASETS } Value;

/* People are told each row in a sentence (items_print), or shown a table of these columns, the most important first. */
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
     .columns = "worker task dataset partition loading_s bytes bytes_read attempt objects seen_s started_at"},
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
     .place = PLACE_DATASETS,
     .sentence = "run {run} is complete, and cannot come into the star schema: {reason}"},
    {.name = "waiting",
     .statement = "status/waiting",
     .place = PLACE_DATASETS,
     .sentence = "no worker can begin tasks of dataset {dataset} (tasks: {tasks}, objects: {objects}): {reason}"},
    {.name = "services",
     .statement = "status/services",
     .sentence =
         "{waits_for} is away[ since {since}, {for_s}], and dataset {dataset} waits for it (tasks: {tasks}, objects: "
         "{objects}): {reason}"},
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
     .title = "Columns that no row fills, and fields that no column asks for",
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
     .sentence = "{kind}[ {process}]: {reason}[ (since {since}, {for_s})]"},
    {.name = "unlisted",
     .statement = "status/unlisted",
     .sentence = "dataset {dataset} cannot be listed since {since}, {for_s}: {reason}"},
    {.name = "circling",
     .statement = "status/circling",
     .place = PLACE_WAITS,
     .value = VALUE_CIRCLING_MIN,
     .sentence =
         "task {task} ({dataset}, {partition}) fails again and again, {attempts} times since {since}: {reason}"},
    {.name = "empty",
     .statement = "status/empty",
     .place = PLACE_DOUBTS,
     .value = VALUE_DATASETS,
     .title = "Datasets that never had an object",
     .sentence = "dataset {dataset} has never had an object; its LOCATION was empty at {listed_at}"},
};

#define PARTS (sizeof parts / sizeof *parts)

typedef struct Status {
    const Config *config;
    const Options *options;
    Connection *connection;
    char *datasets; /* their names, with a comma around each */
    FILE *stream;
    size_t width;
    Result results[PARTS];
    size_t waiting; /* rows that wait for a person */
    bool has_more;  /* of them than there are rows */
} Status;

static void status_close(Status *status)
{
    for (size_t i = 0; i < PARTS; i++)
        result_done(&status->results[i]);
    connection_close(status->connection);
    free(status->datasets);
}
#define AUTO_STATUS AUTO(Status, status_close)

static char *name_datasets(const Config *config)
{
    char *names = memory_copy_text(",");
    for (size_t i = 0; i < config->dataset_count; i++) {
        AUTO_FREE char *before = names;
        names = memory_format("%s%s,", before, config->datasets[i].name);
    }
    return names;
}

static bool reconnect(Status *status, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    if (connection_is_open(status->connection))
        return true;
    connection_close(status->connection);
    status->connection = NULL;
    return connection_open(&status->config->warehouse, "copyfleet query", &status->connection, error) &&
           ledger_read_id(status->connection, ledger, error);
}

static StatementValue value_of(const Status *status, Value kind)
{
    if (kind == VALUE_EVER)
        return TEXT_VALUE("1970-01-01");
    if (kind == VALUE_DATASETS)
        return TEXT_VALUE(status->datasets);
    return NUMBER_VALUE(kind == VALUE_STALL_MS ? status->config->fleet.stall.ms : CIRCLING_MIN);
}

/* All of it in one snapshot, so that its parts agree. */
static bool ask(Status *status, Error *error)
{
    AUTO_TRANSACTION transaction = {0};
    if (!query_begin(&transaction, status->connection, error))
        return false;
    status->waiting = 0;
    status->has_more = false;
    for (size_t i = 0; i < PARTS; i++) {
        const StatementValue value = value_of(status, parts[i].value);
        const Values values = {&value, parts[i].value != VALUE_NONE};
        result_done(&status->results[i]);
        status->results[i] = (Result){0};
        if (!statement_run(status->connection, parts[i].statement, values, &status->results[i], error))
            return error_add_context(error, "%s", parts[i].name);
        if (parts[i].place > PLACE_WAITS)
            continue;
        status->waiting += result_row_count(&status->results[i]);
        status->has_more = status->has_more || result_row_count(&status->results[i]) == ROWS_MAX;
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
                status->waiting == 1 ? " waits"
                : status->has_more   ? "s or more wait"
                                     : "s wait");
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

/* Prints as much as the screen has room for. Nobody can read lines that are folded, or a page that runs off the top. */
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

/* Writes the status in one go, or nothing. */
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
    fclose(status->stream);
    if (is_shown && is_screen)
        print_screen(text);
    else if (is_shown)
        fputs(text, stdout);
    fflush(stdout);
    return is_shown;
}

/* An outage is shown in place of the status, and waited out. What a person has to mend ends the command. */
static int watch(Status *status)
{
    bool is_screen = isatty(STDOUT_FILENO) && status->options->format == TABLE_TEXT;
    do {
        Error error;
        if (show(status, is_screen, &error))
            continue;
        if (error.kind != ERROR_RETRY && error.kind != ERROR_OUTAGE)
            return say_failure(&error);
        say_error("copyfleet: asking again", &error);
    } while (stop_wait_ms((int64_t)status->options->watch_s * 1000));
    return EXIT_INTERRUPTED;
}

int command_status(Config *config, const Options *options)
{
    Error error;
    AUTO_STATUS status = {.config = config, .options = options, .datasets = name_datasets(config)};
    if (options->watch_s > 0)
        return watch(&status);
    if (!show(&status, false, &error))
        return say_failure(&error);
    return status.waiting > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
