/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool append_all(FILE *stream, const char *path, const char *what, Buffer *text, Error *error)
{
    char chunk[16 * 1024];
    size_t length;
    while ((length = fread(chunk, 1, sizeof chunk, stream)) > 0)
        if (!buffer_append(text, (Slice){chunk, length}))
            return error_set(error, ERROR_FATAL, "the %s %s is larger than %zu bytes", what, path, text->maximum);
    return !ferror(stream) || error_set(error, ERROR_FATAL, "cannot read the %s %s: %s", what, path, strerror(errno));
}

bool file_read(const char *path, const char *what, Buffer *text, Error *error)
{
    assert(text->maximum > 0);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set(error, ERROR_FATAL, "cannot read the %s %s: %s", what, path, strerror(errno));
    bool is_read = append_all(stream, path, what, text, error);
    fclose(stream);
    return is_read;
}
