/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet audit: compares the bucket with the ledger, by partition. It lists the datasets as a pass does, and plans
 * nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "db/statement.h"
#include "ledger/ledger.h"
#include "ledger/plan.h"
#include "line/pass.h"
#include "s3/s3.h"
#include "show/figure.h"
#include "show/table.h"

typedef struct Audit {
    const Config *config;
    Connection *connection;
    S3 *s3;
    Emptiness emptiness;
    PassGaps gaps;
    bool *is_left_out; /* for each dataset: it could not be listed, so nothing is told of it */
    int64_t last_run;  /* before the listing */
    bool is_blind;     /* the table of a dataset cannot be read, so its rows are not counted */
} Audit;

/* A column of audit/report.sql that should be 0, and what becomes of such objects. */
typedef struct Finding {
    const char *column;
    const char *meaning;
} Finding;

static const Finding findings[] = {
    {"missing", "in the bucket and never planned: the next pass plans them"},
    {"changed", "in the bucket with another ETag than planned: the next pass plans them"},
    {"vanished", "not in the bucket any more: undo takes their rows out, so does ON_VANISH = remove"},
    {"outside", "loaded, and outside of every LOCATION of their dataset: put LOCATION back, or name both, or undo "
                "takes their rows out"},
    {"planned", "planned and not loaded yet: run or watch finishes that, or status tells what is in the way"},
    {"waiting", "loaded, and wait for the rest of their run: run or watch finishes it, or status tells what holds it"},
    {"held", "failed, and hold their run: status tells why"},
    {"skipped", "left out by their run: status tells why, retry tries them again"},
    {"released", "wait for the next pass, which plans them again"},
};

static void audit_close(Audit *audit)
{
    free(audit->is_left_out);
    emptiness_clear(&audit->emptiness);
    s3_close(audit->s3);
    connection_close(audit->connection);
}
#define AUTO_AUDIT AUTO(Audit, audit_close)

static bool open_audit(Audit *audit, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    AUTO_RESULT result = {0};
    if (!connection_open(&audit->config->warehouse, "copyfleet query", &audit->connection, error) ||
        !ledger_read_id(audit->connection, ledger, error) || !s3_open(&audit->config->aws, &audit->s3, error) ||
        !statement_run(audit->connection, "audit/begin", NO_VALUES, &result, error))
        return false;
    audit->last_run = result_only_number(&result);
    return true;
}

static bool count_rows(Audit *audit, const Dataset *dataset, Error *error)
{
    AUTO_FREE char *sql = statement_on(audit->connection, "audit/rows", dataset->table);
    if (connection_execute(audit->connection, sql, VALUES(TEXT_VALUE(dataset->name)), NULL, error))
        return true;
    error_add_context(error, "counting the rows of dataset %s", dataset->name);
    if (error->kind != ERROR_FATAL || !connection_is_open(audit->connection))
        return false;
    audit->is_blind = true;
    say_failure(error);
    return true;
}

static void leave_out(void *context, const Dataset *dataset, const Error *reason)
{
    Audit *audit = context;
    audit->is_left_out[dataset - audit->config->datasets] = true;
    say_left_out(NULL, dataset, reason);
}

/* What became of a dataset's objects. Of a dataset that was left out nothing is known. */
static bool compare_dataset(Audit *audit, size_t index, Error *error)
{
    const Dataset *dataset = &audit->config->datasets[index];
    const Values name = VALUES(TEXT_VALUE(dataset->name));
    return audit->is_left_out[index] ? statement_run(audit->connection, "audit/forget", name, NULL, error)
                                     : count_rows(audit, dataset, error);
}

static bool compare(Audit *audit, Error *error)
{
    if (!statement_run(audit->connection, "audit/objects", VALUES(NUMBER_VALUE(audit->last_run)), NULL, error))
        return error_add_context(error, "comparing the listing with the ledger");
    for (size_t i = 0; i < audit->config->dataset_count; i++)
        if (!compare_dataset(audit, i, error))
            return false;
    return true;
}

static bool make_report(Audit *audit, Result *out_result, Error *error)
{
    if (!open_audit(audit, error))
        return false;
    const Pass pass = {.config = audit->config,
                       .s3 = audit->s3,
                       .reach = PASS_FULL,
                       .keeps_all = true,
                       .leave_out = leave_out,
                       .emptiness = &audit->emptiness,
                       .context = audit};
    AUTO_PLAN plan = NULL;
    audit->is_left_out = memory_alloc_zeroed(audit->config->dataset_count + 1, sizeof *audit->is_left_out);
    s3_set_notice(audit->s3, say_again, NULL);
    return plan_open(audit->connection, &plan, error) &&
           pass_list(&pass, audit->connection, plan, &audit->gaps, error) && compare(audit, error) &&
           statement_run(audit->connection, "audit/report", NO_VALUES, out_result, error);
}

static void say_well(int64_t objects)
{
    char all[FIGURE_SIZE];
    printf("All of %s %s be.\n", figure_things(all, objects, "object"),
           objects == 1 ? "is as it should" : "are as they should");
}

/* Returns how many objects and locations are not as they should be, and tells people what becomes of them. */
static int64_t count_findings(const Audit *audit, const Result *report, bool is_told)
{
    int64_t off = (int64_t)audit->emptiness.count;
    emptiness_say(&audit->emptiness);
    for (size_t i = 0; i < sizeof findings / sizeof *findings; i++) {
        int64_t count = result_sum(report, findings[i].column);
        off += count;
        if (is_told && count > 0)
            printf("%" PRId64 " %s: %s.\n", count, findings[i].column, findings[i].meaning);
    }
    if (is_told && off == 0 && pass_left_out(audit->gaps) == 0)
        say_well(result_sum(report, "objects"));
    return off;
}

int command_audit(Config *config, const Options *options)
{
    Error error;
    AUTO_AUDIT audit = {.config = config};
    AUTO_RESULT report = {0};
    if (!make_report(&audit, &report, &error))
        return say_failure(&error);
    TablePrinter printer = {.stream = stdout, .format = options->format};
    table_print(&printer, "partitions", "The bucket against the ledger", &report);
    table_finish(&printer);
    bool has_findings = count_findings(&audit, &report, options->format == TABLE_TEXT) > 0 || audit.is_blind;
    if (pass_left_out(audit.gaps) > 0)
        return EXIT_SERVICE;
    return has_findings ? EXIT_FINDINGS : EXIT_DONE;
}
