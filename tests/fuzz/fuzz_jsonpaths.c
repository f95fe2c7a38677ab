/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a jsonpaths file. What compiles is written as paths again, each step in brackets and quotes, and has to
 * compile to the same nodes; blanks around the file do not matter. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "decode/jsonpaths.h"
#include "decode/mapping.h"
#include "fuzz.h"

#define COUNT_MAX 64

typedef struct Compiled {
    Mapping mapping;
    MappingNode *nodes[COUNT_MAX];
    size_t count;
    bool is_compiled;
    Error error;
} Compiled;

static void done(Compiled *compiled)
{
    mapping_done(&compiled->mapping);
}
#define AUTO_COMPILED AUTO(Compiled, done)

static void compile(Slice text, size_t count, Compiled *out)
{
    *out = (Compiled){.count = count};
    mapping_init(&out->mapping, false);
    out->is_compiled = jsonpaths_compile(text, &out->mapping, out->nodes, count, &out->error);
    if (out->is_compiled)
        return;
    assert(out->error.kind == ERROR_FATAL);
    assert(!slice_starts_with(slice_from_text(out->error.message), SLICE("the jsonpaths file (null)")));
    fuzz_check_error(&out->error);
}

/* How many paths the file has; COUNT_MAX at most. A count that cannot be right makes it say so. */
static size_t count_paths(Slice text)
{
    static const char before[] = "number of paths is ";
    AUTO_COMPILED compiled;
    compile(text, 0, &compiled);
    const char *place = strstr(compiled.error.message, before);
    size_t count = place && !compiled.is_compiled ? strtoul(place + strlen(before), NULL, 10) : 0;
    return count < COUNT_MAX ? count : COUNT_MAX;
}

static void write_json(Buffer *out, char c)
{
    char escaped[8];
    snprintf(escaped, sizeof escaped, c == '"' || c == '\\' ? "\\%c" : (unsigned char)c < ' ' ? "\\u%04x" : "%c", c);
    fuzz_append(out, slice_from_text(escaped));
}

static void write_name(Buffer *out, const char *name)
{
    fuzz_append(out, SLICE("['"));
    for (; *name; name++) {
        if (*name == '\'' || *name == '\\')
            write_json(out, '\\');
        write_json(out, *name);
    }
    fuzz_append(out, SLICE("']"));
}

/* Appends the steps from node to target; false, with out as it was, where target is not below. */
static bool write_steps(const MappingNode *node, const MappingNode *target, Buffer *out)
{
    if (node == target)
        return true;
    size_t length = out->length;
    for (int i = 0; i < 2; i++)
        for (const MappingNode *child = i == 0 ? node->keys : node->elements; child; child = child->sibling) {
            if (i == 0)
                write_name(out, child->name);
            else if (!buffer_append_format(out, "[%u]", child->index))
                abort();
            if (write_steps(child, target, out))
                return true;
            out->length = length;
        }
    return false;
}

static void write_file(const Compiled *compiled, Buffer *out)
{
    buffer_init(out, LIMIT_JSONPATHS_BYTES);
    fuzz_append(out, SLICE("{\"jsonpaths\":["));
    for (size_t i = 0; i < compiled->count; i++) {
        fuzz_append(out, i > 0 ? SLICE(",\"$") : SLICE("\"$"));
        bool is_found = write_steps(compiled->mapping.root, compiled->nodes[i], out);
        assert(is_found);
        fuzz_append(out, SLICE("\""));
    }
    fuzz_append(out, SLICE("]}"));
}

static void check_written(const Compiled *compiled)
{
    AUTO_BUFFER written;
    AUTO_BUFFER again;
    AUTO_COMPILED other;
    write_file(compiled, &written);
    compile(buffer_slice(&written), compiled->count, &other);
    assert(other.is_compiled);
    assert(other.mapping.node_count == compiled->mapping.node_count);
    write_file(&other, &again);
    assert(slice_equals(buffer_slice(&written), buffer_slice(&again)));
}

static void check_blanks(Slice text, const Compiled *compiled)
{
    AUTO_BUFFER blanks;
    AUTO_COMPILED other;
    buffer_init(&blanks, LIMIT_JSONPATHS_BYTES + 16);
    Slice mark = SLICE("\xEF\xBB\xBF");
    bool has_mark = slice_starts_with(text, mark);
    fuzz_append(&blanks, has_mark ? mark : SLICE(""));
    fuzz_append(&blanks, SLICE(" \t\r\n"));
    fuzz_append(&blanks, has_mark ? (Slice){text.data + mark.length, text.length - mark.length} : text);
    fuzz_append(&blanks, SLICE("\n"));
    compile(buffer_slice(&blanks), compiled->count, &other);
    assert(other.is_compiled == compiled->is_compiled);
    assert(other.mapping.node_count == compiled->mapping.node_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = {(const char *)data, size};
    if (size > LIMIT_JSONPATHS_BYTES / 16)
        return 0;
    AUTO_COMPILED compiled;
    compile(text, count_paths(text), &compiled);
    check_blanks(text, &compiled);
    if (compiled.is_compiled)
        check_written(&compiled);
    return 0;
}
