/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/decode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "decode/binary.h"
#include "decode/convert.h"
#include "decode/document.h"
#include "decode/fields.h"
#include "decode/jsonpaths.h"
#include "decode/mapping.h"
#include "decode/reader.h"
#include "decode/rescue.h"
#include "decode/text.h"

#define OWN_COLUMNS 3 /* object, run, ordinal */
#define BOM_LENGTH 3
#define UNKNOWNS_KEPT 4096 /* fields */
#define COLUMNS_MAX 1600   /* PostgreSQL's limit */

struct Decoder {
    ConvertTarget *targets;
    size_t target_count;
    bool is_overlapping; /* some value goes to several columns, or a value and a part of it do */
    Mapping mapping;
    Document document;
    OnUnknown on_unknown;
    Rescue rescue;
    Fields fields;
    char unknown_reason[UNKNOWN_REASON_SIZE];
    Reader reader;
    Buffer rows;
};

/* One object on its way through. */
typedef struct Pass {
    Decoder *decoder;
    const DecodeSink *sink;
    int64_t object;
    int64_t run;
    int64_t ordinal;
    int64_t rows_held; /* in the buffer */
    DecodeCounts counts;
} Pass;

static bool add_columns(Decoder *decoder, const DecodeOptions *options, MappingNode **nodes, Error *error)
{
    Mapping *mapping = &decoder->mapping;
    if (options->mapping == JSON_PATHS)
        return jsonpaths_compile(options->jsonpaths, mapping, nodes, options->column_count, error);
    for (size_t i = 0; i < options->column_count; i++)
        nodes[i] = mapping_add_key(mapping, mapping->root, slice_from_text(options->columns[i].name));
    return true;
}

static void find_leaves(Decoder *decoder, MappingNode **nodes)
{
    for (size_t i = 0; i < decoder->target_count; i++)
        nodes[i]->leaf = 0;
    mapping_finish(&decoder->mapping);
    decoder->is_overlapping = decoder->mapping.leaf_count != decoder->target_count;
    for (size_t i = 0; i < decoder->target_count; i++) {
        decoder->targets[i].leaf = nodes[i]->leaf;
        decoder->is_overlapping |= nodes[i]->has_below;
    }
}

bool decode_open(const DecodeOptions *options, Decoder **out_decoder, Error *error)
{
    assert(options->column_count <= COLUMNS_MAX);
    AUTO_DECODER decoder = memory_alloc_zeroed(1, sizeof(*decoder));
    AUTO_FREE MappingNode **nodes = memory_alloc_zeroed(options->column_count, sizeof(MappingNode *));
    mapping_init(&decoder->mapping, options->mapping == JSON_AUTO_IGNORECASE);
    reader_init(&decoder->reader, &decoder->document);
    buffer_init(&decoder->rows, LIMIT_COPY_CHUNK_BYTES + LIMIT_ROW_BYTES);
    if (!add_columns(decoder, options, nodes, error))
        return false;

    decoder->targets = memory_alloc_zeroed(options->column_count, sizeof(*decoder->targets));
    decoder->target_count = options->column_count;
    for (size_t i = 0; i < options->column_count; i++)
        convert_prepare(&options->columns[i], options->time_format, &decoder->targets[i]);
    find_leaves(decoder, nodes);
    decoder->on_unknown = options->on_unknown;
    rescue_init(&decoder->rescue, options->column_count);
    fields_init(&decoder->fields, options->column_count);
    if (options->on_unknown != UNKNOWN_IGNORE)
        unknowns_init(&decoder->document.unknowns, options->on_unknown == UNKNOWN_RESCUE);
    decoder->document.mapping = &decoder->mapping;
    decoder->document.values = memory_alloc_zeroed(decoder->mapping.leaf_count, sizeof(Value));
    *out_decoder = take(decoder);
    return true;
}

void decode_close(Decoder *decoder)
{
    if (!decoder)
        return;
    for (size_t i = 0; i < decoder->target_count; i++)
        convert_done(&decoder->targets[i]);
    free(decoder->targets);
    mapping_done(&decoder->mapping);
    rescue_done(&decoder->rescue);
    fields_done(&decoder->fields);
    unknowns_done(&decoder->document.unknowns);
    free(decoder->document.values);
    reader_done(&decoder->reader);
    buffer_done(&decoder->rows);
    free(decoder);
}

static bool flush_rows(Pass *pass, Error *error)
{
    Buffer *rows = &pass->decoder->rows;
    if (rows->length > 0 && !pass->sink->write_rows(pass->sink->context, buffer_slice(rows), error))
        return false;
    pass->counts.rows += pass->rows_held;
    pass->rows_held = 0;
    buffer_clear(rows);
    return true;
}

/* The row's text is the part that is known to belong to it, cut. */
static bool write_reject(Pass *pass, Fault fault, const char *column, Slice raw, Error *error)
{
    Window *window = &pass->decoder->reader.window;
    if (raw.length > LIMIT_REJECT_RAW_BYTES)
        raw.length = LIMIT_REJECT_RAW_BYTES;
    Reject reject = {
        .ordinal = pass->ordinal,
        .line = window_line_of(window, fault.place),
        .byte_offset = window_offset_of(window, fault.place),
        .column = column,
        .reason = fault.reason,
        .raw = raw,
    };
    pass->counts.rejects++;
    return pass->sink->write_reject(pass->sink->context, &reject, error);
}

/* The column whose value contains the place; NULL if none does. */
static const char *find_column(const Decoder *decoder, const char *place)
{
    for (size_t i = 0; i < decoder->target_count; i++) {
        const Value *value = &decoder->document.values[decoder->targets[i].leaf];
        if (value->kind > VALUE_NULL && place >= value->raw && place < value->raw + value->raw_length)
            return decoder->targets[i].name;
    }
    return NULL;
}

/* Rows are what the columns' paths begin with: objects, or for paths like $[0] arrays. */
static const char *check_top(const Decoder *decoder)
{
    const MappingNode *root = decoder->mapping.root;
    ValueKind kind = decoder->document.top.kind;
    if (kind == VALUE_OBJECT && (root->keys || !root->elements))
        return NULL;
    if (kind == VALUE_ARRAY && (root->elements || root->leaf >= 0))
        return NULL;
    return root->elements && !root->keys ? "is not a JSON array" : "is not a JSON object";
}

static bool is_array_of_objects(Slice text)
{
    const char *p = text.data + 1;
    const char *end = text.data + text.length;
    while (p < end && text_is_space(*p))
        p++;
    return p < end && text.data[0] == '[' && *p == '{';
}

/* Bytes that the row takes at most; jsonpaths may ask for the same megabytes in every column. */
static size_t measure_row(const Decoder *decoder, size_t document_length)
{
    size_t bytes = CONVERT_FIELD_BYTES * (decoder->target_count + OWN_COLUMNS + 1);
    if (!decoder->is_overlapping)
        return bytes + document_length;
    for (size_t i = 0; i < decoder->target_count; i++)
        bytes += decoder->document.values[decoder->targets[i].leaf].raw_length;
    return bytes;
}

static char *put_bigint(char *out, int64_t value)
{
    binary_put_32(out, 8);
    binary_put_64(out + 4, (uint64_t)value);
    return out + 12;
}

/* Rescues a value that does not fit, and writes NULL as its field. False if the value rejects the row instead. */
__attribute__((noinline)) static bool put_misfit(Decoder *decoder, const ConvertTarget *target, char **out)
{
    const Value *value = &decoder->document.values[target->leaf];
    if (decoder->on_unknown != UNKNOWN_RESCUE || !rescue_add(&decoder->rescue, target, value))
        return false;
    binary_put_32(*out, UINT32_MAX);
    *out += 4;
    return true;
}

/* Appends the row but for what is rescued; there is room. False, with the fault and its column, if a value rejects
 * it. */
static bool put_columns(Pass *pass, Slice text, Fault *out_fault, const char **out_column)
{
    Decoder *decoder = pass->decoder;
    char *out = decoder->rows.data + decoder->rows.length;
    binary_put_16(out, (uint16_t)(decoder->target_count + OWN_COLUMNS + (decoder->on_unknown == UNKNOWN_RESCUE)));
    out += 2;
    const Value *values = decoder->document.values;
    for (size_t i = 0; i < decoder->target_count; i++) {
        const ConvertTarget *target = &decoder->targets[i];
        const Value *value = &values[target->leaf];
        const char *reason = convert_value(target, value, &out);
        if (reason && !put_misfit(decoder, target, &out)) {
            *out_fault = (Fault){value->kind == VALUE_MISSING ? text.data : value->raw, reason};
            *out_column = target->name;
            return false;
        }
    }
    out = put_bigint(out, pass->object);
    out = put_bigint(out, pass->run);
    out = put_bigint(out, pass->ordinal);
    decoder->rows.length = (size_t)(out - decoder->rows.data);
    return true;
}

/* Appends the row. False, with the fault and its column, if it is no row. */
static bool put_row(Pass *pass, Slice text, Fault *out_fault, const char **out_column)
{
    Decoder *decoder = pass->decoder;
    Buffer *rows = &decoder->rows;
    if (!buffer_reserve(rows, measure_row(decoder, text.length))) {
        *out_fault = (Fault){text.data, "makes a row of more than 9 MiB"};
        return false;
    }
    size_t length = rows->length;
    if (!put_columns(pass, text, out_fault, out_column))
        return false;
    if (decoder->on_unknown == UNKNOWN_RESCUE && !rescue_put(&decoder->rescue, &decoder->document, rows, out_fault)) {
        rows->length = length;
        return false;
    }
    pass->rows_held++;
    fields_add_row(&decoder->fields, decoder->targets, decoder->document.values, &decoder->rescue,
                   &decoder->document.unknowns);
    return true;
}

/* False, with the fault, if a field that no column asks for rejects the row. */
static bool check_unknown(Decoder *decoder, Fault *out_fault)
{
    const Unknowns *unknowns = &decoder->document.unknowns;
    if (decoder->on_unknown != UNKNOWN_REJECT || unknowns->count == 0)
        return true;
    unknown_describe(unknowns->fields, decoder->unknown_reason);
    *out_fault = (Fault){unknown_key(unknowns->fields), decoder->unknown_reason};
    return false;
}

/* Takes text that is no row, as one reject. An array around rows fails the object, since its rows were not counted.
 * That is said even if the reject is one too many, because that sentence tells what to do. */
static bool take_bad(Pass *pass, const Found *found, Error *error)
{
    const MappingNode *root = pass->decoder->mapping.root;
    int64_t line = window_line_of(&pass->decoder->reader.window, found->text.data);
    bool is_around_rows = root->keys && !root->elements && is_array_of_objects(found->text);
    bool is_kept = write_reject(pass, found->fault, NULL, found->text, error);
    if (!is_around_rows || (!is_kept && error->kind != ERROR_REJECT))
        return is_kept;
    return error_set(error, ERROR_REJECT,
                     "line %lld of the object begins an array around rows: nobody can say how many are lost; write one "
                     "row a line, or skip it",
                     (long long)line);
}

/* A whole document: a row, or a reject. */
static bool take_document(Pass *pass, Slice text, Error *error)
{
    Decoder *decoder = pass->decoder;
    Fault fault = decoder->document.defect;
    if (fault.place)
        return write_reject(pass, fault, find_column(decoder, fault.place), text, error);
    fault = (Fault){text.data, check_top(decoder)};
    if (fault.reason)
        return take_bad(pass, &(Found){FOUND_BAD, text, fault}, error);
    const char *column = NULL;
    decoder->rescue.misfit_count = 0;
    bool is_row = check_unknown(decoder, &fault) && put_row(pass, text, &fault, &column);
    pass->counts.unknown += decoder->document.unknowns.count > 0 || decoder->rescue.misfit_count > 0;
    if (!is_row)
        return write_reject(pass, fault, column, text, error);
    if (pass->counts.rows + pass->rows_held == pass->sink->refused_row)
        return write_reject(pass, (Fault){text.data, pass->sink->refusal}, NULL, text, error);
    return decoder->rows.length < LIMIT_COPY_CHUNK_BYTES || flush_rows(pass, error);
}

/* A byte order mark is allowed at the beginning of a file; programs on Windows write one. */
static bool skip_bom(Window *window, Error *error)
{
    if (!window_fill(window, BOM_LENGTH, error))
        return false;
    if (window->length >= BOM_LENGTH && memcmp(window->data, "\xEF\xBB\xBF", BOM_LENGTH) == 0)
        window->next += BOM_LENGTH;
    return true;
}

static bool take_rows(Pass *pass, Error *error)
{
    Reader *reader = &pass->decoder->reader;
    Found found;
    if (!skip_bom(&reader->window, error))
        return false;
    for (;; pass->ordinal++) {
        if (!reader_next(reader, &found, error))
            return false;
        if (found.kind == FOUND_END)
            break;
        if (pass->ordinal >= LIMIT_OBJECT_ROWS)
            return error_set(error, ERROR_REJECT, "the object has more than %lld rows; split it", LIMIT_OBJECT_ROWS);
        if (!(found.kind == FOUND_DOCUMENT ? take_document(pass, found.text, error) : take_bad(pass, &found, error)))
            return false;
    }
    return flush_rows(pass, error);
}

/* An executor has a decoder for each dataset, and uses one at a time. So the memory that a long row took is given back:
 * else each decoder would keep its own. */
static void give_back(Decoder *decoder)
{
    reader_shrink(&decoder->reader);
    if (decoder->rows.capacity > 2 * LIMIT_COPY_CHUNK_BYTES) {
        buffer_done(&decoder->rows);
        buffer_init(&decoder->rows, LIMIT_COPY_CHUNK_BYTES + LIMIT_ROW_BYTES);
    }
    Unknowns *unknowns = &decoder->document.unknowns;
    if (unknowns->capacity > UNKNOWNS_KEPT) {
        unknowns_done(unknowns);
        unknowns_init(unknowns, decoder->on_unknown == UNKNOWN_RESCUE);
    }
}

bool decode_object(Decoder *decoder, int64_t object, int64_t run, const DecodeSource *source, const DecodeSink *sink,
                   DecodeCounts *out_counts, Error *error)
{
    Pass pass = {.decoder = decoder, .sink = sink, .object = object, .run = run};
    reader_begin(&decoder->reader, source);
    buffer_clear(&decoder->rows);
    fields_begin(&decoder->fields);
    bool is_through = take_rows(&pass, error);
    pass.counts.bytes = decoder->reader.window.offset + (int64_t)decoder->reader.window.length;
    give_back(decoder);
    if (is_through)
        *out_counts = pass.counts;
    return is_through;
}

const struct Fields *decode_fields(const Decoder *decoder)
{
    return &decoder->fields;
}
