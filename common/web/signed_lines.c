/* SPDX-License-Identifier: Apache-2.0 */
#include "web/signed_lines.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

#define LINES_BYTES_MAX (64 * KIB)

static_assert(SIGNED_LINES_MAX <= HTTP_HEADERS_MAX, "all lines and the signature in place of the host");

void signed_lines_init(SignedLines *lines)
{
    *lines = (SignedLines){0};
    buffer_init(&lines->text, LINES_BYTES_MAX);
    buffer_init(&lines->authorization, LINES_BYTES_MAX);
}

void signed_lines_done(SignedLines *lines)
{
    if (lines->text.data)
        explicit_bzero(lines->text.data, lines->text.capacity);
    buffer_done(&lines->text);
    buffer_done(&lines->authorization);
}

void signed_lines_clear(SignedLines *lines)
{
    buffer_clear(&lines->text);
    buffer_clear(&lines->authorization);
    lines->count = 0;
}

static bool sorts_after_all(const SignedLines *lines, const char *name)
{
    if (lines->count == 0)
        return true;
    const char *last = lines->text.data + lines->starts[lines->count - 1];
    size_t length = lines->name_lengths[lines->count - 1];
    int order = strncmp(last, name, length);
    return order < 0 || (order == 0 && strlen(name) > length);
}

bool signed_lines_add(SignedLines *lines, const char *name, const char *value)
{
    assert(lines->count < SIGNED_LINES_MAX);
    assert(sorts_after_all(lines, name));
    lines->starts[lines->count] = lines->text.length;
    lines->name_lengths[lines->count++] = strlen(name);
    return buffer_append_format(&lines->text, "%s: %s", name, value) && buffer_append(&lines->text, (Slice){"", 1});
}

bool signed_lines_sign(SignedLines *lines, const Sigv4Request *request, const Sigv4Scope *scope)
{
    assert(lines->count > 0);
    Sigv4Pair pairs[SIGNED_LINES_MAX];
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->text.data + lines->starts[i];
        pairs[i].name = (Slice){line, lines->name_lengths[i]};
        pairs[i].value = slice_from_text(line + lines->name_lengths[i] + strlen(": "));
    }
    Sigv4Request whole = *request;
    whole.headers = pairs;
    whole.header_count = lines->count;
    buffer_clear(&lines->authorization);
    return buffer_append(&lines->authorization, SLICE("Authorization: ")) &&
           sigv4_append_authorization(&lines->authorization, &whole, scope);
}

size_t signed_lines_pass(const SignedLines *lines, HttpRequest *request)
{
    assert(lines->authorization.length > 0);
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->text.data + lines->starts[i];
        if (!slice_equals((Slice){line, lines->name_lengths[i]}, SLICE("host")))
            request->headers[count++] = line;
    }
    request->headers[count++] = lines->authorization.data;
    request->headers[count] = NULL;
    return count;
}
