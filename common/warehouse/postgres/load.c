/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line if the warehouse is brought its rows, fetch → decode → copy → record → commit: a task's
 * objects into staging, in one transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/copy.h"
#include "db/statement.h"
#include "db/transaction.h"
#include "ledger/claim.h"
#include "ledger/record.h"
#include "postgres/load.h"
#include "postgres/target.h"
#include "s3/fetch.h"
#include "warehouse/field_notes.h"

/* A longer load tells the ledger so often how far it is, and asks whether its task is still planned: so `skip` and its
 * like end it. */
#define LOOK_MS 2000

/* A load under way: what the decoder's source and sink need. */
typedef struct Load {
    const LoadOrder *order;
    Connection *connection;
    Transaction transaction; /* of the whole load */
    Fetch *fetch;
    Target *target;
    const Task *task;
    const TaskVersion *version; /* the object that is decoded now */
    Rejects object_rejects;     /* bad rows of the current object */
    Rejects rejects;            /* bad rows of the objects before it */
    FieldNotes fields;          /* notes on the fields of the objects before it */
    size_t rejects_bytes;       /* bytes that all kept rejects take, with those of failures */
    bool is_copying;            /* false once an object failed: what is left is only checked */
    int64_t look_at_ms;         /* when the ledger is asked next whether the task is still wanted */
    Connection *look_session;   /* that it is asked in; NULL: none yet */
    TaskEnd look;               /* what it said last: GOES_ON, or LOST if somebody gave the task up meanwhile */
    LoadFailure failure;        /* of the current object, if it has failed */
    const char *refusal;        /* what the warehouse says of a row that it does not take; NULL: there is none yet */
    int64_t rows;
    int64_t *version_rows; /* of each of the task's versions */
    int64_t unknown;       /* rows with fields that no column asks for, or with rescued values */
    int64_t bytes;
} Load;

static bool read_object(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    Load *load = context;
    if (clock_now_ms() >= load->look_at_ms) {
        load->look_at_ms = clock_now_ms() + LOOK_MS;
        load->look = claim_look(&load->look_session, &load->order->config->warehouse,
                                connection_ledger(load->connection), load->task, fetch_count_read(load->fetch));
        if (load->look == TASK_LOST)
            return error_set(error, ERROR_INTERRUPTED, "the task was settled while it was loaded");
    }
    return fetch_read(load->fetch, bytes, size, out_length, error);
}

static bool write_rows(void *context, Slice rows, Error *error)
{
    Load *load = context;
    return !load->is_copying || copy_write(load->connection, rows, error);
}

static bool write_reject(void *context, const Reject *reject, Error *error)
{
    Load *load = context;
    bool is_refused = load->refusal && reject->reason == load->refusal;
    rejects_add(&load->object_rejects, load->version->object, reject, &load->rejects_bytes);
    if (!is_refused && load->object_rejects.seen <= load->target->dataset->max_errors)
        return true;
    load->failure.line = reject->line;
    if (is_refused)
        return error_set(error, ERROR_REJECT, "s3://%s/%.400s: line %" PRId64 ": %s", load->version->bucket,
                         load->version->key, reject->line, reject->reason);
    snprintf(load->failure.column, sizeof load->failure.column, "%s", reject->column ? reject->column : "");
    return error_set(error, ERROR_REJECT, "s3://%s/%.400s: line %" PRId64 "%s%s %s; MAX_ERRORS is %" PRId64,
                     load->version->bucket, load->version->key, reject->line, reject->column ? ", column " : "",
                     reject->column ? reject->column : "", reject->reason, load->target->dataset->max_errors);
}

/* Rows without any value are no data, unless what they hold is rescued. */
static bool check_fields(const Load *load, const DecodeCounts *counts, Error *error)
{
    const Target *target = load->target;
    return target->dataset->on_unknown == ON_UNKNOWN_RESCUE ||
           field_notes_check(&target->table, decode_fields(target->decoder), counts, load->version->bucket,
                             load->version->key, error);
}

static bool is_fault_of_object(const Error *error)
{
    return error->kind == ERROR_STALE || (error->kind == ERROR_REJECT && error->service != SERVICE_WAREHOUSE);
}

/* What the decoder says of an object's text does not name the object. */
static bool name_object(const Load *load, Error *error)
{
    if (is_fault_of_object(error) && strncmp(error->message, "s3://", strlen("s3://")) != 0)
        error_add_context(error, "s3://%s/%.400s", load->version->bucket, load->version->key);
    return false;
}

static bool decode(Load *load, int64_t refused_row, DecodeCounts *counts, Error *error)
{
    DecodeSource source = {.read = read_object, .context = load};
    DecodeSink sink = {.write_rows = write_rows,
                       .write_reject = write_reject,
                       .context = load,
                       .refused_row = refused_row,
                       .refusal = load->refusal};
    fetch_next(load->fetch);
    load->failure = (LoadFailure){0};
    return decode_object(load->target->decoder, load->version->object, load->task->run, &source, &sink, counts,
                         error) ||
           name_object(load, error);
}

static bool load_object(Load *load, Error *error)
{
    DecodeCounts counts = {0};
    if (!decode(load, 0, &counts, error) || !check_fields(load, &counts, error))
        return false;
    field_notes_add_object(&load->fields, decode_fields(load->target->decoder), &counts, load->version->object);
    load->version_rows[load->version - load->task->versions] = counts.rows;
    load->rows += counts.rows;
    load->unknown += counts.unknown;
    load->bytes += counts.bytes;
    rejects_move(&load->rejects, &load->object_rejects);
    return true;
}

static void add_failure(Load *load, size_t version, const Error *error, LoadOutcome *outcome)
{
    load->is_copying = false;
    load->failure.version = version;
    load->failure.error = *error;
    load->failure.rejects = load->object_rejects;
    load->object_rejects = (Rejects){0};
    outcome_add(outcome, &load->failure);
}

/* GOES_ON or OBJECTS_FAULTY. */
static TaskEnd load_objects(Load *load, LoadOutcome *outcome, Error *error)
{
    field_notes_init(&load->fields, &load->target->table);
    for (size_t i = 0; i < load->task->version_count; i++) {
        load->version = &load->task->versions[i];
        if (load_object(load, error))
            continue;
        if (!is_fault_of_object(error))
            return TASK_FAILED;
        add_failure(load, i, error, outcome);
    }
    return outcome->failure_count > 0 ? TASK_OBJECTS_FAULTY : TASK_GOES_ON;
}

/* copy ends, and what the warehouse took must be what was decoded. */
static bool end_copy(Load *load, Error *error)
{
    int64_t copied;
    if (!copy_end(load->connection, &copied, error))
        return false;
    return copied == load->rows ||
           error_set_service(error, ERROR_REFUSED, SERVICE_WAREHOUSE,
                             "the staging table %s does not take all rows that it is brought: a trigger of it leaves "
                             "some out by RETURN NULL; drop the trigger, and leave them out in the transform",
                             load->target->dataset->table);
}

/* Turns the failure into an outage of the staging table: somebody else has it, or it takes no rows for now. */
static TaskEnd miss_table(const Load *load, Error *error)
{
    error->kind = ERROR_OUTAGE;
    error->service = SERVICE_TABLE;
    error_set_name(error, load->target->dataset->table);
    error_add_context(error, "the staging table %s", load->target->dataset->table);
    return TASK_FAILED;
}

/* Turns the failure into REFUSED: it lasts, and is the same for each task of the table. */
static TaskEnd refuse_table(const Load *load, const char *advice, Error *error)
{
    Error said = *error;
    error_set_service(error, ERROR_REFUSED, SERVICE_WAREHOUSE, "the staging table %s: %.700s%s",
                      load->target->dataset->table, said.message, advice);
    return TASK_FAILED;
}

/* Finds the object that has the COPY's row *row, and sets *row to its place in that object. */
static size_t find_version(const Load *load, int64_t *row)
{
    size_t version = 0, last = (size_t)(load->version - load->task->versions);
    for (; version < last && load->version_rows[version] < *row; version++)
        *row -= load->version_rows[version];
    return version;
}

/* The object is read once more, up to that row: so its line is known, and its text is kept as that of any bad row. */
static bool find_row(Load *load, int64_t row, const Error *why, Error *error)
{
    DecodeCounts ignored;
    load->refusal = why->message;
    load->is_copying = false;
    rejects_done(&load->object_rejects);
    fetch_close(load->fetch);
    load->fetch = fetch_open(load->order->s3, load->version, 1, load->order->interrupt);
    if (!decode(load, row, &ignored, error))
        return is_fault_of_object(error);
    *error = *why; /* it has no such row */
    return true;
}

/* The object that has the row fails. If the server does not say which row failed (a deferred constraint), a task of
 * several objects is FAULT_UNKNOWN, and is split to find out. */
static TaskEnd blame_row(Load *load, int64_t row, LoadOutcome *outcome, Error *error)
{
    const Error why = *error;
    transaction_roll_back(&load->transaction);
    if (row == 0 && load->task->version_count > 1) {
        outcome->blame = why;
        return TASK_FAULT_UNKNOWN;
    }
    size_t version = row > 0 ? find_version(load, &row) : 0;
    load->version = &load->task->versions[version];
    if (row > 0 && !find_row(load, row, &why, error))
        return TASK_FAILED;
    error->service = SERVICE_NONE;
    name_object(load, error);
    add_failure(load, version, error, outcome);
    return TASK_OBJECTS_FAULTY;
}

/* Who is at fault for what failed before the fence, or at COMMIT: an object, one of several, the table or a service. */
static TaskEnd blame(Load *load, LoadOutcome *outcome, Error *error)
{
    bool may_pass = error->kind == ERROR_OUTAGE || connection_was_locked_out(load->connection);
    if (error->service != SERVICE_WAREHOUSE || error->kind == ERROR_REFUSED || !connection_is_open(load->connection))
        return TASK_FAILED;
    if (may_pass)
        return miss_table(load, error);
    int64_t row = copy_failed_row(load->connection, load->target->dataset->table);
    switch (connection_fault(load->connection)) {
    case FAULT_OF_SERVER:
        return TASK_FAILED;
    case FAULT_OF_TABLE:
        return refuse_table(load, "", error);
    case FAULT_OF_KEY:
        return refuse_table(load,
                            "; drop that key: a corrected object's old and new rows stand side by side in staging, "
                            "and the transform is where doubles are left out",
                            error);
    case FAULT_OF_ROW:
        return blame_row(load, row, outcome, error);
    case FAULT_OF_EITHER:
        return row > 0 ? blame_row(load, row, outcome, error) : refuse_table(load, "", error);
    }
    return TASK_FAILED;
}

/* record → the fence → commit. A failure here is the ledger's; at COMMIT it may be the table's (blame). */
static TaskEnd commit(Load *load, LoadOutcome *outcome, Error *error)
{
    const LoadCounts counts = {.rows = load->rows,
                               .rejects = load->rejects.seen,
                               .unknown = load->unknown,
                               .version_rows = load->version_rows};
    if (!record_rejects(load->connection, load->task, load->rejects.rows, load->rejects.count, error) ||
        !record_fields(load->connection, load->task, load->fields.rows, load->fields.count, error))
        return TASK_FAILED;
    TaskEnd end = record_loaded(load->connection, load->task, &counts, error);
    if (end != TASK_GOES_ON)
        return end;
    return transaction_commit(&load->transaction, error) ? TASK_LOADED : blame(load, outcome, error);
}

static bool begin_copy(Load *load, Error *error)
{
    AUTO_FREE char *sql =
        statement_fill(load->connection, "load/copy", &(SqlPlace){"target", load->target->copy_target}, 1);
    return copy_begin(load->connection, sql, error);
}

/* follow the table → (fetch → decode → copy) for each object → what the table's constraints say. */
static TaskEnd copy_objects(Load *load, LoadOutcome *outcome, Error *error)
{
    TaskEnd end = TASK_FAILED;
    if (postgres_target_follow(load->target, load->connection, error) && begin_copy(load, error))
        end = load_objects(load, outcome, error);
    if (end == TASK_GOES_ON &&
        (!end_copy(load, error) || !statement_run(load->connection, "load/check", NO_VALUES, NULL, error)))
        end = TASK_FAILED;
    return end == TASK_FAILED ? blame(load, outcome, error) : end;
}

/* begin → copy → record → the fence → commit. */
static TaskEnd run_load(Load *load, LoadOutcome *outcome, Error *error)
{
    if (!transaction_begin(&load->transaction, load->connection, TRANSACTION_PLAIN, error))
        return TASK_FAILED;
    TaskEnd end = copy_objects(load, outcome, error);
    if (end == TASK_GOES_ON)
        end = commit(load, outcome, error);
    return load->look == TASK_LOST ? TASK_LOST : end;
}

static void load_done(Load *load)
{
    connection_close(load->look_session);
    copy_abandon(load->connection);
    transaction_roll_back(&load->transaction);
    fetch_close(load->fetch);
    rejects_done(&load->rejects);
    rejects_done(&load->object_rejects);
    field_notes_done(&load->fields);
}

TaskEnd postgres_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error)
{
    AUTO_FREE int64_t *version_rows = memory_alloc_zeroed(order->task->version_count, sizeof *version_rows);
    AUTO(Load, load_done)
    load = {.order = order,
            .look_at_ms = clock_now_ms() + LOOK_MS,
            .look = TASK_GOES_ON,
            .fetch = fetch_open(order->s3, order->task->versions, order->task->version_count, order->interrupt),
            .connection = order->connection,
            .target = order->target,
            .task = order->task,
            .version_rows = version_rows,
            .is_copying = true};
    AUTO_OUTCOME outcome = {0};
    TaskEnd end = run_load(&load, &outcome, error);
    outcome.rows = load.rows;
    outcome.bytes = load.bytes;
    outcome.reject_count = load.rejects.seen;
    outcome.unknown_count = load.unknown;
    if (end != TASK_FAILED) {
        *out_outcome = outcome;
        outcome = (LoadOutcome){0};
    }
    return end;
}
