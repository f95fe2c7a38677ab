/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet plan: what a run would do, and what it would cost. look() makes a pass as run does: it lists the datasets
 * and has the warehouse compare the listing with the ledger. It takes no lock for that, and rolls back what it has
 * found. summarize() and gather_sql() then make the rows that are shown, and print_preview() shows them: to people as
 * sentences and tables, to programs all of it as CSV or JSON. */
#include "ledger/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "db/sql.h"
#include "db/statement.h"
#include "ledger/ledger.h"
#include "line/pass.h"
#include "s3/s3.h"
#include "show/figure.h"
#include "show/printable.h"
#include "show/summary.h"
#include "show/table.h"
#include "warehouse/loader.h"

/* Of the JSON (docs/status.md). */
#define SCHEMA_VERSION 1

typedef struct Preview {
    const Config *config;
    Connection *connection;
    S3 *s3;
    PlanSummary summary;
    Emptiness emptiness;
    Result partitions;
    Result unfinished;
    int64_t list_requests;
    PassGaps gaps;
    bool is_refused; /* a dataset could not be loaded as things are */
} Preview;

static void preview_close(Preview *preview)
{
    result_done(&preview->partitions);
    result_done(&preview->unfinished);
    emptiness_clear(&preview->emptiness);
    s3_close(preview->s3);
    connection_close(preview->connection);
}
#define AUTO_PREVIEW AUTO(Preview, preview_close)

static bool open_preview(Preview *preview, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    return connection_open(&preview->config->warehouse, "copyfleet query", &preview->connection, error) &&
           ledger_read_id(preview->connection, ledger, error) && s3_open(&preview->config->aws, &preview->s3, error);
}

/* list → plan, and back. */
static bool look(Preview *preview, Error *error)
{
    const Pass pass = {.config = preview->config,
                       .s3 = preview->s3,
                       .reach = PASS_FULL,
                       .leave_out = say_left_out,
                       .emptiness = &preview->emptiness};
    AUTO_PLAN plan = NULL;
    s3_set_notice(preview->s3, say_again, NULL);
    if (!plan_open(preview->connection, &plan, error) ||
        !pass_list(&pass, preview->connection, plan, &preview->gaps, error))
        return false;
    preview->list_requests = s3_list_count(preview->s3);
    return plan_preview(plan, &preview->config->fleet, &preview->summary, &preview->partitions, error) &&
           statement_run(preview->connection, "plan/unfinished", NO_VALUES, &preview->unfinished, error);
}

/* All of it in numbers. */
static void summarize(Preview *preview, Result *out_result)
{
    const Result *partitions = &preview->partitions;
    PlanSummary *summary = &preview->summary;
    summary->tasks = result_sum(partitions, "tasks");
    summary->objects = result_sum(partitions, "objects");
    summary->bytes = result_sum(partitions, "bytes");
    const SummaryField fields[] = {
        {"objects_listed", summary->listed, false},
        {"tasks", summary->tasks, false},
        {"objects", summary->objects, false},
        {"bytes", summary->bytes, false},
        {"objects_removed", summary->removed, false},
        {"objects_vanished", summary->vanished, false},
        {"list_requests", preview->list_requests, false},
        {"get_requests", summary->objects, false},
    };
    summary_init(out_result, fields, sizeof fields / sizeof *fields);
}

static bool has_dataset(const Result *rows, const Dataset *dataset)
{
    size_t column = result_find_column(rows, SLICE("dataset"));
    for (size_t row = 0; row < result_row_count(rows); row++)
        if (strcmp(result_text(rows, row, column), dataset->name) == 0)
            return true;
    return false;
}

static bool loads(const Preview *preview, const Dataset *dataset)
{
    return has_dataset(&preview->partitions, dataset) || has_dataset(&preview->unfinished, dataset);
}

/* What a run would execute: the step of the line, the dataset or file, and the SQL. */
static const char *const sql_columns[] = {"step", "name", "sql"};

static void add_sql(Result *result, const char *step, const char *name, const char *sql)
{
    const char *values[] = {step, name, sql};
    result_add_row(result, values);
}

/* If no worker could load the table, the plan says so before a worker does. */
static bool add_copy(Preview *preview, const Dataset *dataset, Result *result, Error *error)
{
    AUTO_FREE char *sql = NULL;
    if (!loads(preview, dataset))
        return true;
    if (loader_describe(preview->connection, preview->config, dataset, &sql, error)) {
        add_sql(result, "copy", dataset->name, sql);
        return true;
    }
    if (!error_is_lasting(error) || !connection_is_open(preview->connection))
        return false;
    preview->is_refused = true;
    AUTO_FREE char *before = memory_format("No worker could load dataset %s", dataset->name);
    say_error(before, error);
    return true;
}

static bool gather_sql(Preview *preview, Result *out_result, Error *error)
{
    AUTO_SQL_SET set = {0};
    if (!sql_set_load(&preview->config->warehouse, "transform", &set, error))
        return false;
    result_init(out_result, sql_columns, "ttt");
    for (size_t i = 0; i < preview->config->dataset_count; i++)
        if (!add_copy(preview, &preview->config->datasets[i], out_result, error))
            return false;
    for (size_t i = 0; i < set.count; i++) {
        AUTO_FREE char *sql = sql_text_fill(preview->connection, set.files[i].text);
        add_sql(out_result, "transform", set.files[i].path, sql);
    }
    return true;
}

static void say_unfinished(const Result *unfinished)
{
    if (result_row_count(unfinished) == 0)
        return;
    char objects[FIGURE_SIZE], tasks[FIGURE_SIZE];
    printf("Of earlier runs it would load %s in %s",
           figure_things(objects, result_sum(unfinished, "objects"), "object"),
           figure_things(tasks, result_sum(unfinished, "tasks"), "task"));
    int64_t refused = result_sum(unfinished, "refused");
    if (refused > 0)
        printf("; %" PRId64 " of these no worker could begin", refused);
    puts(".");
}

static void say(const Preview *preview)
{
    const PlanSummary *summary = &preview->summary;
    char some[FIGURE_SIZE], all[FIGURE_SIZE], bytes[FIGURE_SIZE], tasks[FIGURE_SIZE], removed[FIGURE_SIZE];
    figure_things(all, summary->listed, "object");
    if (summary->objects + summary->removed == 0)
        printf("Nothing new among %s: a run would load nothing of them.\n", all);
    else
        printf("A run would load %s of %s, %s, in %s, and take the rows of %s out.\n",
               figure_count(some, summary->objects), all, figure_bytes(bytes, (double)summary->bytes),
               figure_things(tasks, summary->tasks, "task"), figure_things(removed, summary->removed, "object"));
    if (summary->vanished > 0)
        printf("%s vanished from the bucket; the rows stay (ON_VANISH).\n",
               figure_things(some, summary->vanished, "object"));
    say_unfinished(&preview->unfinished);
    printf("S3 requests: %" PRId64 " LIST, as this plan sent them, and %" PRId64 " for the objects.\n",
           preview->list_requests, summary->objects);
}

static void print_sql_text(const Result *sql)
{
    for (size_t i = 0; i < result_row_count(sql); i++) {
        ResultRow row = result_row(sql, i);
        const char *step = result_next_text(&row), *name = result_next_text(&row);
        AUTO_BUFFER shown;
        buffer_init(&shown, SIZE_MAX / 2);
        printable_append_lines(&shown, result_next_text(&row));
        result_row_end(&row);
        printf("\n-- %s: %s\n%s\n", step, name, shown.data ? shown.data : "");
    }
}

static bool print_preview(Preview *preview, const Options *options, Error *error)
{
    AUTO_RESULT summary = {0}, sql = {0};
    if (!gather_sql(preview, &sql, error))
        return false;
    summarize(preview, &summary);
    TablePrinter printer = {.stream = stdout, .format = options->format, .schema_version = SCHEMA_VERSION};
    bool is_for_people = options->format == TABLE_TEXT;
    if (is_for_people)
        say(preview);
    else
        table_print(&printer, "summary", "", &summary);
    if (!is_for_people || result_row_count(&preview->partitions) > 0)
        table_print(&printer, "partitions", "What it would load, by partition", &preview->partitions);
    if (!is_for_people || result_row_count(&preview->unfinished) > 0)
        table_print(&printer, "unfinished", "What earlier runs left, and it would load too", &preview->unfinished);
    if (!is_for_people)
        table_print(&printer, "sql", "", &sql);
    else if (options->sql)
        print_sql_text(&sql);
    table_finish(&printer);
    return true;
}

int command_plan(Config *config, const Options *options)
{
    Error error;
    AUTO_PREVIEW preview = {.config = config};
    if (!open_preview(&preview, &error) || !look(&preview, &error) || !print_preview(&preview, options, &error))
        return say_failure(&error);
    emptiness_say(&preview.emptiness);
    if (pass_left_out(preview.gaps) > 0)
        return EXIT_SERVICE;
    return preview.is_refused || preview.summary.listed == 0 ? EXIT_FINDINGS : EXIT_DONE;
}
