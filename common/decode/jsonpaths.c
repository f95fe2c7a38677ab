/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/jsonpaths.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "decode/document.h"
#include "decode/scan.h"
#include "decode/text.h"

#define BOM SLICE("\xEF\xBB\xBF")
#define INDEX_MAX 9999999
#define QUOTED_BYTES_MAX 200

/* The file, read with the parser that reads the rows. */
typedef struct PathsFile {
    Mapping mapping;
    Value value; /* of the key "jsonpaths" */
    Document document;
    char *text; /* with the padding that document_parse asks for */
    char *scratch;
} PathsFile;

static void file_done(PathsFile *file)
{
    mapping_done(&file->mapping);
    free(file->text);
    free(file->scratch);
}

static bool fail(Error *error, const char *reason)
{
    return error_set(error, ERROR_FATAL, "the jsonpaths file %s; mend the file that the dataset's json names", reason);
}

static bool file_read(PathsFile *file, Slice text, Error *error)
{
    mapping_init(&file->mapping, false);
    mapping_add_key(&file->mapping, file->mapping.root, SLICE("jsonpaths"))->leaf = 0;
    mapping_finish(&file->mapping);
    if (text.length > LIMIT_JSONPATHS_BYTES)
        return fail(error, "is longer than 1 MiB");

    file->text = memory_alloc_zeroed(1, text.length + SCAN_PADDING);
    file->scratch = memory_alloc_zeroed(1, text.length + SCAN_PADDING);
    if (text.length > 0)
        memcpy(file->text, text.data, text.length);
    file->document = (Document){.mapping = &file->mapping, .values = &file->value, .scratch = file->scratch};
    const char *end = file->text + text.length;
    const char *start = file->text + (slice_starts_with(text, BOM) ? BOM.length : 0);
    while (text_is_space(*start))
        start++;
    const char *rest = NULL;
    DocumentOutcome outcome = document_parse(&file->document, start, end, true, &rest);
    if (outcome != DOCUMENT_WHOLE)
        return fail(error, file->document.fault.reason);
    if (file->document.defect.place)
        return fail(error, file->document.defect.reason);
    while (text_is_space(*rest))
        rest++;
    if (rest != end)
        return fail(error, "has text after its JSON object");
    if (file->document.top.kind != VALUE_OBJECT || file->value.kind != VALUE_ARRAY)
        return fail(error, "is no object with an array \"jsonpaths\"");
    return true;
}

/* The next element of the array that is known to be JSON: *at is the byte after the bracket or comma before it. False
 * at the array's end. */
static bool file_next(PathsFile *file, const Value *array, const char **at, Value *out_value)
{
    const char *end = array->raw + array->raw_length;
    while (*at < end && (text_is_space(**at) || **at == ','))
        (*at)++;
    if (*at >= end || **at == ']')
        return false;
    (void)document_parse(&file->document, *at, end, true, at);
    *out_value = file->document.top;
    return true;
}

/* [0] */
static bool take_index(Slice *path, uint32_t *out_index)
{
    uint32_t index = 0;
    size_t i = 1;
    for (; i < path->length && number_is_digit(path->data[i]); i++) {
        index = index * 10 + (uint32_t)(path->data[i] - '0');
        if (index > INDEX_MAX)
            return false;
    }
    if (i == 1 || i == path->length || path->data[i] != ']')
        return false;
    *out_index = index;
    *path = (Slice){path->data + i + 1, path->length - i - 1};
    return true;
}

/* ['name'] or ["name"], in which a backslash takes the next character as it is; name has room for the path. */
static bool take_quoted(Slice *path, Buffer *name)
{
    char quote = path->data[1];
    size_t i = 2;
    for (; i < path->length && path->data[i] != quote; i++) {
        if (path->data[i] == '\\' && i + 1 < path->length)
            i++;
        if (!buffer_append(name, (Slice){path->data + i, 1}))
            return false;
    }
    if (i + 1 >= path->length || path->data[i + 1] != ']')
        return false;
    *path = (Slice){path->data + i + 2, path->length - i - 2};
    return true;
}

/* .name */
static bool take_dotted(Slice *path, Buffer *name)
{
    size_t i = 1;
    while (i < path->length && path->data[i] != '.' && path->data[i] != '[')
        i++;
    if (i == 1 || (i == 2 && path->data[1] == '*') || !buffer_append(name, (Slice){path->data + 1, i - 1}))
        return false;
    *path = (Slice){path->data + i, path->length - i};
    return true;
}

static MappingNode *take_step(Mapping *mapping, MappingNode *node, Slice *path, Buffer *name)
{
    buffer_clear(name);
    uint32_t index;
    if (path->data[0] == '.')
        return take_dotted(path, name) ? mapping_add_key(mapping, node, buffer_slice(name)) : NULL;
    if (path->data[0] != '[' || path->length < 3)
        return NULL;
    if (path->data[1] == '\'' || path->data[1] == '"')
        return take_quoted(path, name) ? mapping_add_key(mapping, node, buffer_slice(name)) : NULL;
    return take_index(path, &index) ? mapping_add_element(mapping, node, index) : NULL;
}

/* The node that the path leads to; NULL if it is no path that Redshift knows. */
static MappingNode *compile_path(Mapping *mapping, Slice path)
{
    AUTO_BUFFER name = {0};
    buffer_init(&name, LIMIT_JSONPATHS_BYTES);
    if (path.length == 0 || path.data[0] != '$' || memchr(path.data, '\0', path.length))
        return NULL;
    path = (Slice){path.data + 1, path.length - 1};
    MappingNode *node = mapping->root;
    for (int depth = 0; node && path.length > 0; depth++)
        node = depth < MAPPING_DEPTH_MAX ? take_step(mapping, node, &path, &name) : NULL;
    return node;
}

/* What an error quotes of the path: not half a character, which no ledger takes. */
static Slice cut_path(Slice path)
{
    if (path.length > QUOTED_BYTES_MAX)
        for (path.length = QUOTED_BYTES_MAX; ((unsigned char)path.data[path.length] & 0xC0) == 0x80;)
            path.length--;
    return path;
}

bool jsonpaths_compile(Slice text, Mapping *mapping, MappingNode **out_nodes, size_t count, Error *error)
{
    AUTO(PathsFile, file_done) file = {0};
    if (!file_read(&file, text, error))
        return false;

    const Value array = file.value;
    Value value;
    size_t paths = 0;
    for (const char *at = array.raw + 1; file_next(&file, &array, &at, &value);)
        paths++;
    if (paths != count)
        return error_set(error, ERROR_FATAL,
                         "the jsonpaths file's number of paths is %zu, the table's number of columns %zu; give each "
                         "column one path, in the table's order",
                         paths, count);
    size_t i = 0;
    for (const char *at = array.raw + 1; file_next(&file, &array, &at, &value); i++) {
        Slice path = value_text(&value);
        out_nodes[i] = compile_path(mapping, path);
        if (!out_nodes[i])
            return error_set(error, ERROR_FATAL,
                             "the jsonpaths file's path number %zu is not understood: %.*s; write $['name'], $.name or "
                             "$['list'][0]",
                             i + 1, SLICE_ARGUMENTS(cut_path(path)));
    }
    return true;
}
