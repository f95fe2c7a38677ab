/* SPDX-License-Identifier: Apache-2.0 */
#include "redshift/faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "db/statement.h"
#include "warehouse/raw_row.h"

/* SYS_LOAD_ERROR_DETAIL and STL_LOAD_ERRORS keep so many characters of a file's name. */
#define FILE_NAME_MAX 256

/* Of rejected rows' text, decompressed, in all: each is read from its object's beginning. */
#define RAW_BYTES_MAX (4096 * (int64_t)MIB)

void redshift_faults_init(RedshiftFaults *faults, const LoadOrder *order)
{
    faults->order = order;
    faults->raw_bytes = RAW_BYTES_MAX;
    faults->faults = memory_alloc_zeroed(order->task->version_count, sizeof *faults->faults);
}

void redshift_faults_done(RedshiftFaults *faults)
{
    for (size_t i = 0; faults->faults && i < faults->order->task->version_count; i++)
        rejects_done(&faults->faults[i].failure.rejects);
    rejects_done(&faults->rejects);
    free(faults->faults);
}

static bool may_not_read(const RedshiftFaults *faults, const Error *error)
{
    return error->kind == ERROR_FATAL && connection_is_open(faults->order->connection);
}

/* Asks SYS_LOAD_ERROR_DETAIL, or STL_LOAD_ERRORS if that view is missing or denied. If neither can be read, nothing is
 * known, and the bad object is found by halving. */
static bool ask(RedshiftFaults *faults, const char *statement, const char *stl_statement, Values values,
                Result *out_result, Error *error)
{
    Connection *connection = faults->order->connection;
    if (!faults->uses_stl && statement_run(connection, statement, values, out_result, error))
        return true;
    if (!faults->uses_stl && !may_not_read(faults, error))
        return false;
    faults->uses_stl = true;
    if (!faults->is_blind && statement_run(connection, stl_statement, values, out_result, error))
        return true;
    faults->is_blind = faults->is_blind || may_not_read(faults, error);
    return faults->is_blind;
}

bool redshift_faults_begin(RedshiftFaults *faults, Error *error)
{
    AUTO_RESULT result = {0};
    const Values session = VALUES(NUMBER_VALUE(connection_process(faults->order->connection)));
    if (!ask(faults, "load/errors_before", "load/errors_before_stl", session, &result, error))
        return error_add_context(error, "reading the load errors");
    if (!faults->is_blind)
        snprintf(faults->before, sizeof faults->before, "%s", result_only_text(&result));
    return true;
}

static LoadFailure *blame(RedshiftFaults *faults, size_t version)
{
    RedshiftFault *fault = &faults->faults[version];
    if (!fault->is_there)
        faults->count++;
    fault->is_there = true;
    fault->failure.version = version;
    return &fault->failure;
}

void redshift_faults_add_changed(RedshiftFaults *faults, size_t version, bool is_gone, const Error *why)
{
    LoadFailure *failure = blame(faults, version);
    failure->error = *why;
    if (!is_gone || !faults->order->task->is_whole)
        return;
    error_set(&failure->error, ERROR_REJECT,
              "%.500s; the rows that it had cannot be told from those of the other objects that were loaded with it, "
              "which stay as they are: put it back, or undo or skip them together",
              why->message);
}

/* The version whose file the warehouse names; it cuts long names. version_count if it is none of ours. */
static size_t find_version(const RedshiftFaults *faults, const char *file)
{
    const Task *task = faults->order->task;
    size_t length = strlen(file), i = 0;
    for (; i < task->version_count; i++) {
        AUTO_FREE char *url = memory_format("s3://%s/%s", task->versions[i].bucket, task->versions[i].key);
        if (length < FILE_NAME_MAX ? strcmp(url, file) == 0 : strncmp(url, file, length) == 0)
            break;
    }
    return i;
}

/* A row that the COPY did not take; its texts are the result's. */
typedef struct BadRow {
    const char *file;
    int64_t line;
    const char *column;
    const char *reason;
} BadRow;

static BadRow read_bad_row(const Result *errors, size_t i)
{
    BadRow bad;
    ResultRow row = result_row(errors, i);
    bad.file = result_next_text(&row);
    bad.line = result_next_number(&row);
    bad.column = result_next_text(&row);
    bad.reason = result_next_text(&row);
    result_row_end(&row);
    return bad;
}

static void add_reject(RedshiftFaults *faults, size_t version, const BadRow *bad)
{
    const Task *task = faults->order->task;
    Rejects *rejects = &faults->faults[version].failure.rejects;
    int64_t line = bad->line, byte_offset = 0;
    AUTO_BUFFER raw;
    int64_t nothing = 0, *budget = rejects->count < LIMIT_REJECTS_KEPT ? &faults->raw_bytes : &nothing;
    raw_row_read(faults->order->s3, &faults->order->task->versions[version], line, faults->order->interrupt, budget,
                 &raw, &byte_offset);
    const Reject reject = {.ordinal = line > 0 ? line - 1 : 0,
                           .line = line,
                           .byte_offset = byte_offset,
                           .column = *bad->column ? bad->column : NULL,
                           .reason = bad->reason,
                           .raw = buffer_slice(&raw)};
    rejects_add(rejects, task->versions[version].object, &reject, &faults->rejects_bytes);
}

static bool read_errors(RedshiftFaults *faults, Result *out_errors, Error *error)
{
    int session = connection_process(faults->order->connection);
    const Values values = VALUES(NUMBER_VALUE(session), TEXT_VALUE(faults->before));
    return ask(faults, "load/errors", "load/errors_stl", values, out_errors, error) ||
           error_add_context(error, "reading the load errors");
}

/* The first of an object's bad rows that is one too many is what it fails of. */
static void blame_row(RedshiftFaults *faults, size_t version, const BadRow *bad)
{
    const Dataset *dataset = faults->order->target->dataset;
    const TaskVersion *object = &faults->order->task->versions[version];
    LoadFailure *failure = &faults->faults[version].failure;
    const char *column = bad->column;
    add_reject(faults, version, bad);
    if (failure->rejects.seen != dataset->max_errors + 1)
        return;
    blame(faults, version);
    failure->line = bad->line;
    snprintf(failure->column, sizeof failure->column, "%s", column);
    error_set(&failure->error, ERROR_REJECT,
              "s3://%s/%.400s: line %" PRId64 "%s%s: %.300s; MAX_ERRORS is %" PRId64 " for a COPY", object->bucket,
              object->key, failure->line, *column ? ", column " : "", column, bad->reason, dataset->max_errors);
}

/* Several objects share the fault, or the warehouse does not say whose it is: which one is found by halving the task; a
 * task that must not be halved fails as it is. */
static TaskEnd blame_nobody(RedshiftFaults *faults, const Error *why, LoadOutcome *outcome)
{
    const Task *task = faults->order->task;
    if (task->version_count > 1 && !task->is_whole) {
        outcome->blame = *why;
        return TASK_FAULT_UNKNOWN;
    }
    LoadFailure *failure = blame(faults, 0);
    failure->error = *why;
    failure->error.kind = ERROR_REJECT;
    return redshift_faults_report(faults, outcome);
}

/* An object that is named like an error is not to be taken for one. */
static bool is_in_a_key(const Task *task, const char *text)
{
    for (size_t i = 0; i < task->version_count; i++)
        if (strstr(task->versions[i].key, text))
            return true;
    return false;
}

/* COPY says it in words alone: https://docs.aws.amazon.com/redshift/latest/dg/s3serviceexception-error.html. */
static bool is_denial(const Task *task, const Error *why)
{
    static const char *const texts[] = {"AccessDenied", "Access Denied", "Not authorized to get credentials of role",
                                        "not authorized to assume", "InvalidAccessKeyId"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strstr(why->message, texts[i]) && !is_in_a_key(task, texts[i]))
            return true;
    return false;
}

static bool is_about_rows(const Error *why)
{
    return strstr(why->message, "load_error") || strstr(why->message, "Load into table") || why->kind == ERROR_REJECT;
}

TaskEnd redshift_faults_explain(RedshiftFaults *faults, const Error *why, LoadOutcome *outcome, Error *error)
{
    AUTO_RESULT errors = {0};
    if (is_denial(faults->order->task, why)) {
        error_set_service(error, ERROR_REFUSED, SERVICE_WAREHOUSE,
                          "%.700s; let the role that [IAM_ROLE] ARN names, or the cluster's default role, read "
                          "the dataset's buckets and [S3] MANIFEST_PREFIX",
                          why->message);
        return TASK_FAILED;
    }
    if (!is_about_rows(why)) {
        *error = *why;
        return TASK_FAILED;
    }
    if (!read_errors(faults, &errors, error))
        return TASK_FAILED;
    for (size_t i = 0; !faults->is_blind && i < result_row_count(&errors); i++) {
        const BadRow bad = read_bad_row(&errors, i);
        size_t version = find_version(faults, bad.file);
        if (version < faults->order->task->version_count)
            blame_row(faults, version, &bad);
    }
    TaskEnd end = redshift_faults_report(faults, outcome);
    return end == TASK_GOES_ON ? blame_nobody(faults, why, outcome) : end;
}

TaskEnd redshift_faults_report(RedshiftFaults *faults, LoadOutcome *outcome)
{
    for (size_t i = 0; i < faults->order->task->version_count; i++)
        if (faults->faults[i].is_there)
            outcome_add(outcome, &faults->faults[i].failure);
    return faults->count > 0 ? TASK_OBJECTS_FAULTY : TASK_GOES_ON;
}

bool redshift_faults_keep_rejects(RedshiftFaults *faults, Error *error)
{
    AUTO_RESULT errors = {0};
    if (faults->order->target->dataset->max_errors == 0)
        return true;
    if (!read_errors(faults, &errors, error))
        return false;
    for (size_t i = 0; !faults->is_blind && i < result_row_count(&errors); i++) {
        const BadRow bad = read_bad_row(&errors, i);
        size_t version = find_version(faults, bad.file);
        if (version < faults->order->task->version_count)
            add_reject(faults, version, &bad);
    }
    for (size_t i = 0; i < faults->order->task->version_count; i++)
        rejects_move(&faults->rejects, &faults->faults[i].failure.rejects);
    return true;
}
