/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line where the warehouse fetches. The COPY goes into a temporary table, in a transaction of its
 * own, so that no lock on the ledger is held meanwhile; what it read is settled in a short one behind it. */
#include "redshift/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "db/sql.h"
#include "ledger/record.h"
#include "redshift/copy.h"
#include "redshift/faults.h"
#include "redshift/target.h"
#include "s3/recheck.h"
#include "warehouse/field_notes.h"
#include "warehouse/inbox.h"

/* 20,000 entries of a key of the longest kind, each of its bytes escaped by JSON. */
#define MANIFEST_BYTES_MAX (128 * MIB)

typedef struct Load {
    RedshiftFaults faults; /* what is asked where the COPY failed; has the order */
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
    AUTO_FREE char *sql = redshift_table_statement(order->connection, &order->target->table);
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
    AUTO_FREE char *sql = redshift_copy_statement(order->connection, &copy_order);
    AUTO_RESULT count = {0};
    if (!connection_run(order->connection, sql, NULL, error) ||
        !statement_run(order->connection, "load/count", NULL, 0, &count, error))
        return false;
    load->rows = result_number(&count, 0, 0);
    return load->rows <= LIMIT_OBJECT_ROWS ||
           error_set(error, ERROR_REJECT, "the task has more than %lld rows: make its objects smaller",
                     LIMIT_OBJECT_ROWS);
}

static void note_changed(void *context, size_t object, bool is_gone, const Error *why)
{
    redshift_faults_add_changed(context, object, is_gone, why);
}

/* A manifest names keys and no versions, so it is asked behind the COPY whether the objects are what was planned: then
 * they were so all the while, unless they were written since the manifest was. */
static bool verify(Load *load, const LoadOrder *order, Error *error)
{
    const VerifyOrder what = {.objects = load->faults.objects,
                              .object_count = order->task->version_count,
                              .since_s = load->begun_s,
                              .interrupt = order->interrupt,
                              .each = note_changed,
                              .context = &load->faults};
    return s3_verify(order->s3, &what, error);
}

/* COPY says nothing of fields: what can be seen is which columns have a value in no row. */
static bool count_filled(const LoadOrder *order, Result *out_counts, Error *error)
{
    AUTO_FREE char *sql = redshift_filled_statement(order->connection, &order->target->table);
    return connection_run(order->connection, sql, out_counts, error);
}

/* Rows without any value are no data: the task fails as a whole, since its objects are one. */
static bool note_fields(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    const Table *table = &order->target->table;
    const Task *task = order->task;
    AUTO_RESULT counts = {0};
    const FieldSource source = {.object = task->leader, .objects = (int64_t)task->version_count, .rows = load->rows};
    field_notes_init(&load->fields, table);
    if (load->rows == 0 && load->faults.rejects.seen == 0)
        field_notes_add_empty(&load->fields, &source);
    if (load->rows == 0 || table->column_count == 0)
        return true;
    if (!count_filled(order, &counts, error))
        return false;
    for (size_t column = 0; column < table->column_count; column++)
        if (result_number(&counts, 0, column) == 0)
            field_notes_add_column(&load->fields, column, COLUMN_NULL, &source);
    if (load->fields.count < table->column_count)
        return true;
    LoadFailure failure = {.version = 0};
    outcome->is_of_all =
        !field_notes_fail(table, load->rows, task->versions[0].bucket, task->versions[0].key, &failure.error);
    load_outcome_add(outcome, &failure);
    return true;
}

static bool insert(Load *load, const LoadOrder *order, Error *error)
{
    const Task *task = order->task;
    AUTO_FREE char *sql = redshift_insert_statement(order->connection, order->target->dataset, &order->target->table);
    AUTO_FREE char *object = memory_format("%" PRId64, task->leader);
    AUTO_FREE char *run = memory_format("%" PRId64, task->run);
    const char *values[] = {object, run};
    AUTO_RESULT result = {0};
    if (!connection_execute(order->connection, sql, values, 2, &result, error))
        return false;
    int64_t inserted = result_changed_rows(&result);
    return inserted == load->rows ||
           error_set_service(error, ERROR_RETRY, SERVICE_WAREHOUSE,
                             "%" PRId64 " rows were copied and %" PRId64 " inserted", load->rows, inserted);
}

/* begin → insert → record → the fence → commit. run_lock.sql waits for whoever writes the ledger, before there is a
 * snapshot. */
static bool settle_once(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    Connection *connection = order->connection;
    const Rejects *rejects = &load->faults.rejects;
    const LoadCounts counts = {.rows = load->rows, .rejects = rejects->seen};
    bool is_first = false;
    if (!connection_run(connection, "BEGIN", NULL, error) || !record_lock(connection, order->task, error) ||
        !insert(load, order, error) || !record_rejects(connection, order->task, rejects->rows, rejects->count, error) ||
        !record_fields(connection, order->task, load->fields.rows, load->fields.count, error) ||
        !record_loaded(connection, order->task, &counts, &is_first, error))
        return false;
    outcome->is_lost = !is_first;
    if (is_first && !connection_run(connection, "COMMIT", NULL, error))
        return false;
    outcome->is_loaded = is_first;
    return true;
}

/* What is copied stays in its table, so that only the short transaction is tried again. */
static bool settle(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    for (unsigned tries = 0; !settle_once(load, order, outcome, error); tries++) {
        connection_roll_back(order->connection);
        if (!connection_may_try_again(order->connection, tries))
            return false;
    }
    connection_roll_back(order->connection);
    return true;
}

/* What the warehouse says for good of a staging table, or of what it may do, holds its dataset alone. */
static bool refuse(Error *error)
{
    if (error->kind == ERROR_FATAL && error->service == SERVICE_WAREHOUSE)
        error->kind = ERROR_REFUSED;
    return false;
}

/* manifest → COPY → verify → settle; whose fault it is where the COPY fails is asked before anything else is done. */
static bool run_load(Load *load, const LoadOrder *order, LoadOutcome *outcome, Error *error)
{
    RedshiftFaults *faults = &load->faults;
    if (!redshift_follow_target(order->target, order->connection, order->s3, error))
        return target_refuse(order->target, error);
    if (!inbox_init(&load->inbox, order->config, order->connection, order->s3, error) ||
        !put_manifest(load, order, error))
        return false;
    if (!make_table(order, error) || !redshift_faults_begin(faults, error))
        return refuse(error);
    bool is_copied = copy(load, order, error);
    if (!is_copied && !connection_is_open(order->connection))
        return false;
    Error why = *error;
    if (!verify(load, order, error))
        return false;
    if (faults->count > 0) {
        redshift_faults_report(faults, outcome);
        return true;
    }
    if (!is_copied)
        return redshift_faults_explain(faults, &why, outcome, error) || refuse(error);
    return redshift_faults_keep_rejects(faults, error) && note_fields(load, order, outcome, error) &&
           (outcome->failure_count > 0 || settle(load, order, outcome, error) || refuse(error));
}

static void drop_table(Connection *connection)
{
    Error ignored;
    if (!connection_run(connection, "DROP TABLE IF EXISTS copyfleet_load", NULL, &ignored))
        return; /* the next load makes it anew, or the session ends */
}

bool redshift_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error)
{
    AUTO(Load, load_done) load = {0};
    AUTO_LOAD_OUTCOME outcome = {0};
    redshift_faults_init(&load.faults, order);
    bool is_through = run_load(&load, order, &outcome, error);
    if (connection_is_open(order->connection)) {
        connection_roll_back(order->connection);
        drop_table(order->connection);
    }
    outcome.rows = load.rows;
    outcome.reject_count = load.faults.rejects.seen;
    for (size_t i = 0; i < order->task->version_count; i++)
        outcome.bytes += order->task->versions[i].size;
    if (is_through) {
        *out_outcome = outcome;
        outcome = (LoadOutcome){0};
    }
    return is_through;
}
