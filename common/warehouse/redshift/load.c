/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line if the warehouse fetches. The COPY goes into a temporary table, in a transaction of its
 * own, so that no lock on the ledger is held meanwhile. What it read is committed in a short one after it. */
#include "redshift/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "db/statement.h"
#include "db/transaction.h"
#include "ledger/record.h"
#include "redshift/copy.h"
#include "redshift/faults.h"
#include "redshift/target.h"
#include "s3/recheck.h"
#include "warehouse/field_notes.h"
#include "warehouse/inbox.h"
#include "warehouse/manifest.h"

/* 20,000 entries of a key of the longest kind, each of its bytes escaped by JSON. */
#define MANIFEST_BYTES_MAX (128 * MIB)

typedef struct Load {
    RedshiftFaults faults; /* what is asked if the COPY failed; has the order */
    Inbox inbox;
    char *manifest;
    char *jsonpaths;
    int64_t begun_s; /* by S3's clock, when the manifest was written */
    int64_t rows;
    FieldNotes fields;
} Load;

static void load_done(Load *load)
{
    redshift_faults_done(&load->faults);
    inbox_done(&load->inbox);
    field_notes_done(&load->fields);
    free(load->manifest);
    free(load->jsonpaths);
}

static bool write_manifest(const Task *task, Buffer *text)
{
    bool fits = manifest_begin(text);
    for (size_t i = 0; fits && i < task->version_count; i++)
        fits = manifest_add(text, task->versions[i].bucket, task->versions[i].key);
    return fits && manifest_end(text);
}

/* Beside it goes a jsonpaths file of this machine, which the warehouse cannot read. */
static bool put_manifest(Load *load, const LoadOrder *order, Error *error)
{
    const Task *task = order->task;
    AUTO_BUFFER text;
    buffer_init(&text, MANIFEST_BYTES_MAX);
    if (!write_manifest(task, &text))
        return error_set(error, ERROR_REJECT, "the task's manifest is longer than %lld MiB",
                         (long long)(MANIFEST_BYTES_MAX / MIB));
    AUTO_FREE char *name = memory_format("run-%" PRId64 "/%" PRId32 "-%" PRId32 "-%016" PRIx64, task->run,
                                         task->ordinal, task->attempt, inbox_random());
    AUTO_FREE char *manifest = memory_format("%s.manifest", name);
    AUTO_FREE char *jsonpaths = memory_format("%s.jsonpaths", name);
    return inbox_put(&load->inbox, manifest, buffer_slice(&text), &load->manifest, &load->begun_s, error) &&
           (!target_has_local_jsonpaths(order->target->dataset) ||
            inbox_put(&load->inbox, jsonpaths, buffer_slice(&order->target->jsonpaths), &load->jsonpaths, NULL, error));
}

static bool make_table(const LoadOrder *order, Error *error)
{
    AUTO_FREE char *sql = redshift_copy_table_sql(order->connection, &order->target->table);
    return connection_run(order->connection, sql, NULL, error);
}

static bool copy(Load *load, const LoadOrder *order, Error *error)
{
    const CopyOrder copy_order = {.config = order->config,
                                  .dataset = order->target->dataset,
                                  .column_list = order->target->table.column_list,
                                  .manifest = load->manifest,
                                  .jsonpaths = load->jsonpaths,
                                  .first_key = order->task->versions[0].key};
    AUTO_FREE char *sql = redshift_copy_sql(order->connection, &copy_order);
    AUTO_RESULT count = {0};
    if (!connection_run(order->connection, sql, NULL, error) ||
        !statement_run(order->connection, "load/count", NO_VALUES, &count, error))
        return false;
    load->rows = result_only_number(&count);
    return load->rows <= LIMIT_OBJECT_ROWS ||
           error_set(error, ERROR_REJECT, "the task has more than %lld rows: make its objects smaller",
                     LIMIT_OBJECT_ROWS);
}

static void note_changed(void *context, size_t object, bool is_gone, const Error *why)
{
    redshift_faults_add_changed(context, object, is_gone, why);
}

/* A manifest names keys and no versions, so S3 is asked after the COPY whether the objects are still what was planned.
 * If they are, COPY read what was planned. An object that was written after the manifest counts as changed. */
static bool verify(Load *load, const LoadOrder *order, Error *error)
{
    const RecheckOrder what = {.objects = order->task->versions,
                               .object_count = order->task->version_count,
                               .since_s = load->begun_s,
                               .interrupt = order->interrupt,
                               .each = note_changed,
                               .context = &load->faults};
    return s3_recheck(order->s3, &what, error);
}

/* COPY says nothing of fields: what can be seen is which columns have a value in no row. */
static bool count_filled(const LoadOrder *order, Result *out_counts, Error *error)
{
    AUTO_FREE char *sql = redshift_copy_filled_sql(order->connection, &order->target->table);
    return connection_run(order->connection, sql, out_counts, error);
}

/* Rows without any value are no data: then the task is FAULTY as a whole, since its objects are one. */
static TaskEnd note_fields(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    const Table *table = &order->target->table;
    const Task *task = order->task;
    AUTO_RESULT counts = {0};
    const FieldSource source = {.object = task->leader, .objects = (int64_t)task->version_count, .rows = load->rows};
    field_notes_init(&load->fields, table);
    if (load->rows == 0 && load->faults.rejects.seen == 0)
        field_notes_add_empty(&load->fields, &source);
    if (load->rows == 0 || table->column_count == 0)
        return TASK_GOES_ON;
    if (!count_filled(order, &counts, error))
        return TASK_FAILED;
    ResultRow row = result_row(&counts, 0);
    for (size_t column = 0; column < table->column_count; column++)
        if (result_next_number(&row) == 0)
            field_notes_add_column(&load->fields, column, COLUMN_NULL, &source);
    result_row_end(&row);
    if (load->fields.count < table->column_count)
        return TASK_GOES_ON;
    LoadFailure failure = {.version = 0};
    (void)!field_notes_fail(table, load->rows, task->versions[0].bucket, task->versions[0].key, &failure.error);
    outcome_add(outcome, &failure);
    return TASK_FAULTY;
}

static bool insert(Load *load, const LoadOrder *order, Error *error)
{
    const Task *task = order->task;
    AUTO_FREE char *sql = redshift_copy_insert_sql(order->connection, order->target->dataset, &order->target->table);
    const Values values = VALUES(NUMBER_VALUE(task->leader), NUMBER_VALUE(task->run));
    AUTO_RESULT result = {0};
    if (!connection_execute(order->connection, sql, values, &result, error))
        return false;
    int64_t inserted = result_changed_rows(&result);
    return inserted == load->rows ||
           error_set_service(error, ERROR_RETRY, SERVICE_WAREHOUSE,
                             "%" PRId64 " rows were copied and %" PRId64 " inserted", load->rows, inserted);
}

typedef struct Commit {
    Load *load;
    const LoadOrder *order;
    TaskEnd end;
} Commit;

/* begin → insert → record → the fence → commit. record_lock waits for whoever writes the ledger, before there is a
 * snapshot. */
static TaskEnd commit_once(Load *load, const LoadOrder *order, Error *error)
{
    Connection *connection = order->connection;
    const Rejects *rejects = &load->faults.rejects;
    const LoadCounts counts = {.rows = load->rows, .rejects = rejects->seen};
    AUTO_TRANSACTION transaction = {0};
    if (!transaction_begin(&transaction, connection, TRANSACTION_PLAIN, error) ||
        !record_lock(connection, order->task, error) || !insert(load, order, error) ||
        !record_rejects(connection, order->task, rejects->rows, rejects->count, error) ||
        !record_fields(connection, order->task, load->fields.rows, load->fields.count, error))
        return TASK_FAILED;
    TaskEnd end = record_loaded(connection, order->task, &counts, error);
    if (end != TASK_GOES_ON)
        return end;
    return transaction_commit(&transaction, error) ? TASK_LOADED : TASK_FAILED;
}

static bool commit_again(void *context, Error *error)
{
    Commit *commit = context;
    commit->end = commit_once(commit->load, commit->order, error);
    return commit->end != TASK_FAILED;
}

/* What is copied stays in its table, so that only the short transaction is tried again. */
static TaskEnd commit(Load *load, const LoadOrder *order, Error *error)
{
    Commit commit = {load, order, TASK_FAILED};
    (void)!transaction_repeat(order->connection, commit_again, &commit, error);
    return commit.end;
}

/* A lasting failure of the warehouse here stops this dataset only. */
static TaskEnd refuse(TaskEnd end, Error *error)
{
    if (end == TASK_FAILED && error_is_lasting(error) && error->service == SERVICE_WAREHOUSE)
        error->kind = ERROR_REFUSED;
    return end;
}

/* The target as it is now, and the manifest of what to COPY into it. */
static bool prepare(Load *load, const LoadOrder *order, Error *error)
{
    if (!redshift_target_follow(order->target, order->connection, order->s3, error))
        return target_refuse(order->target, error);
    return inbox_init(&load->inbox, order->connection, order->config, order->s3, error) &&
           put_manifest(load, order, error);
}

/* COPY → verify. If COPY failed, verify comes first: a changed object explains the failure. */
static TaskEnd copy_objects(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    bool is_copied = copy(load, order, error);
    if (!is_copied && !connection_is_open(order->connection))
        return TASK_FAILED;
    const Error why = is_copied ? (Error){0} : *error;
    if (!verify(load, order, error))
        return TASK_FAILED;
    TaskEnd end = redshift_faults_report(&load->faults, outcome);
    if (end != TASK_GOES_ON || is_copied)
        return end;
    return refuse(redshift_faults_explain(&load->faults, &why, outcome, error), error);
}

/* manifest → COPY → verify → fields → commit. */
static TaskEnd run_load(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    if (!prepare(load, order, error))
        return TASK_FAILED;
    if (!make_table(order, error) || !redshift_faults_begin(&load->faults, error))
        return refuse(TASK_FAILED, error);
    TaskEnd end = copy_objects(load, order, outcome, error);
    if (end == TASK_GOES_ON)
        end =
            redshift_faults_keep_rejects(&load->faults, error) ? note_fields(load, order, outcome, error) : TASK_FAILED;
    if (end == TASK_GOES_ON)
        end = refuse(commit(load, order, error), error);
    return end;
}

static void drop_table(Connection *connection)
{
    Error ignored;
    if (!connection_run(connection, "DROP TABLE IF EXISTS copyfleet_load", NULL, &ignored))
        return; /* the next load makes the table again, or the session ends */
}

TaskEnd redshift_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error)
{
    AUTO(Load, load_done) load = {0};
    AUTO_OUTCOME outcome = {0};
    redshift_faults_init(&load.faults, order);
    TaskEnd end = run_load(&load, order, &outcome, error);
    if (connection_is_open(order->connection))
        drop_table(order->connection);
    outcome.rows = load.rows;
    outcome.reject_count = load.faults.rejects.seen;
    for (size_t i = 0; i < order->task->version_count; i++)
        outcome.bytes += order->task->versions[i].size;
    if (end != TASK_FAILED) {
        *out_outcome = outcome;
        outcome = (LoadOutcome){0};
    }
    return end;
}
