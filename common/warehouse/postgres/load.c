/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line where rows are brought, fetch → decode → copy → record → commit: a task's objects into
 * staging, in one transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/copy.h"
#include "db/sql.h"
#include "ledger/claim.h"
#include "ledger/record.h"
#include "postgres/load.h"
#include "postgres/target.h"
#include "s3/fetch.h"
#include "warehouse/fetch_objects.h"
#include "warehouse/field_notes.h"

/* A longer load tells the ledger so often how far it is, and asks whether its task is still planned: so `skip` and its
 * like end it. */
#define LOOK_MS 2000

/* A load under way: what the decoder's source and sink need. */
typedef struct Load {
    const LoadOrder *order;
    Connection *connection;
    const FetchObject *objects;
    Fetch *fetch;
    Target *target;
    const Task *task;
    const TaskVersion *version; /* that is decoded now */
    Rejects object_rejects;     /* of that version */
    Rejects rejects;            /* of those before it */
    FieldNotes fields;          /* of those before it */
    size_t rejects_bytes;       /* that these and those of failures take */
    bool is_copying;            /* false once an object failed: what is left is only checked */
    int64_t look_at_ms;         /* when the ledger is asked next whether the task is still wanted */
    bool is_unwanted;           /* somebody gave it up meanwhile */
    LoadFailure failure;        /* of that version, where there is one */
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
        load->is_unwanted =
            !claim_look(load->order->config, load->connection, load->task, fetch_count_read(load->fetch));
        if (load->is_unwanted)
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
    return strcmp(target->dataset->on_unknown, "rescue") == 0 ||
           field_notes_check(&target->table, decoder_fields(target->decoder), counts, load->version->bucket,
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
    field_notes_add_object(&load->fields, decoder_fields(load->target->decoder), &counts, load->version->object);
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
    load_outcome_add(outcome, &load->failure);
}

static bool load_objects(Load *load, LoadOutcome *outcome, Error *error)
{
    field_notes_init(&load->fields, &load->target->table);
    for (size_t i = 0; i < load->task->version_count; i++) {
        load->version = &load->task->versions[i];
        if (load_object(load, error))
            continue;
        if (!is_fault_of_object(error))
            return false;
        add_failure(load, i, error, outcome);
    }
    return true;
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

/* As long as somebody else has the table, or it takes no rows. */
static bool miss_table(const Load *load, Error *error)
{
    error->kind = ERROR_OUTAGE;
    error->service = SERVICE_TABLE;
    error_set_name(error, load->target->dataset->table);
    return error_add_context(error, "the staging table %s", load->target->dataset->table);
}

/* It fails for good, and the same is said of each of its tasks. */
static bool refuse_table(const Load *load, const char *advice, Error *error)
{
    Error said = *error;
    return error_set_service(error, ERROR_REFUSED, SERVICE_WAREHOUSE, "the staging table %s: %.700s%s",
                             load->target->dataset->table, said.message, advice);
}

/* Whose the n-th row of the COPY is; *row is from now on its place among the object's. */
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
    fetch_close(load->fetch);
    load->fetch = NULL;
    load->refusal = why->message;
    load->is_copying = false;
    rejects_done(&load->object_rejects);
    if (!fetch_open(load->order->s3, &load->objects[load->version - load->task->versions], 1, load->order->interrupt,
                    &load->fetch, error))
        return false;
    if (!decode(load, row, &ignored, error))
        return is_fault_of_object(error);
    *error = *why; /* it has no such row */
    return true;
}

/* The object that has the row fails. If the server does not say which row it is, as of what comes to light after the
 * last one, a task of several objects is split to find out. */
static bool blame_row(Load *load, int64_t row, LoadOutcome *outcome, Error *error)
{
    const Error why = *error;
    connection_roll_back(load->connection);
    if (row == 0 && load->task->version_count > 1) {
        outcome->is_unblamed = true;
        outcome->blame = why;
        return true;
    }
    size_t version = row > 0 ? find_version(load, &row) : 0;
    load->version = &load->task->versions[version];
    if (row > 0 && !find_row(load, row, &why, error))
        return false;
    error->service = SERVICE_NONE;
    name_object(load, error);
    add_failure(load, version, error, outcome);
    return true;
}

/* Who is at fault for what failed before the fence, or at COMMIT. True if it is an object, or one of several. */
static bool blame(Load *load, LoadOutcome *outcome, Error *error)
{
    bool may_pass = error->kind == ERROR_OUTAGE || connection_was_locked_out(load->connection);
    if (error->service != SERVICE_WAREHOUSE || error->kind == ERROR_REFUSED || !connection_is_open(load->connection))
        return false;
    if (may_pass)
        return miss_table(load, error);
    int64_t row = copy_failed_row(load->connection, load->target->dataset->table);
    switch (connection_fault(load->connection)) {
    case FAULT_OF_SERVER:
        return false;
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
    return false;
}

static bool has_faults(const LoadOutcome *outcome)
{
    return outcome->failure_count > 0 || outcome->is_unblamed;
}

/* record → commit: what fails before COMMIT is the ledger's. */
static bool commit(Load *load, LoadOutcome *outcome, Error *error)
{
    bool is_first = false;
    LoadCounts counts = {.rows = load->rows,
                         .rejects = load->rejects.seen,
                         .unknown = load->unknown,
                         .version_rows = load->version_rows};
    if (!record_rejects(load->connection, load->task, load->rejects.rows, load->rejects.count, error) ||
        !record_fields(load->connection, load->task, load->fields.rows, load->fields.count, error) ||
        !record_loaded(load->connection, load->task, &counts, &is_first, error))
        return false;
    outcome->is_lost = !is_first;
    if (is_first && !connection_run(load->connection, "COMMIT", NULL, error))
        return blame(load, outcome, error);
    outcome->is_loaded = is_first;
    return true;
}

static bool begin_copy(Load *load, Error *error)
{
    AUTO_FREE char *sql =
        statement_fill(load->connection, "load/copy", &(SqlPlace){"target", load->target->copy_target}, 1);
    return copy_begin(load->connection, sql, error);
}

/* follow the table → (fetch → decode → copy) for each object → what the table's constraints say. */
static bool copy_objects(Load *load, LoadOutcome *outcome, Error *error)
{
    bool is_copied = postgres_follow_table(load->target, load->connection, error) && begin_copy(load, error) &&
                     load_objects(load, outcome, error) &&
                     (has_faults(outcome) ||
                      (end_copy(load, error) && statement_run(load->connection, "load/check", NULL, 0, NULL, error)));
    return is_copied || blame(load, outcome, error);
}

/* begin → copy → record → commit. */
static bool run_load(Load *load, LoadOutcome *outcome, Error *error)
{
    return connection_run(load->connection, "BEGIN", NULL, error) && copy_objects(load, outcome, error) &&
           (has_faults(outcome) || commit(load, outcome, error));
}

bool postgres_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error)
{
    AUTO_FREE FetchObject *objects = fetch_objects_of(order->task);
    AUTO_FREE int64_t *version_rows = memory_alloc_zeroed(order->task->version_count, sizeof *version_rows);
    Load load = {.order = order,
                 .look_at_ms = clock_now_ms() + LOOK_MS,
                 .connection = order->connection,
                 .objects = objects,
                 .target = order->target,
                 .task = order->task,
                 .version_rows = version_rows,
                 .is_copying = true};
    AUTO_LOAD_OUTCOME outcome = {0};
    if (!fetch_open(order->s3, objects, order->task->version_count, order->interrupt, &load.fetch, error))
        return false;
    bool is_through = run_load(&load, &outcome, error) || load.is_unwanted;
    outcome.is_lost |= load.is_unwanted;
    if (!outcome.is_loaded) {
        copy_abandon(order->connection);
        connection_roll_back(order->connection);
    }
    fetch_close(load.fetch);
    outcome.rows = load.rows;
    outcome.bytes = load.bytes;
    outcome.reject_count = load.rejects.seen;
    outcome.unknown_count = load.unknown;
    rejects_done(&load.rejects);
    rejects_done(&load.object_rejects);
    field_notes_done(&load.fields);
    if (is_through) {
        *out_outcome = outcome;
        outcome = (LoadOutcome){0};
    }
    return is_through;
}
