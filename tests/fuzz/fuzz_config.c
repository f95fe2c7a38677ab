/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as dwh.cfg, in an environment that says nothing. It loads, and what is printed of it loads as the same; or
 * it has as many mistakes as the error says, a line each. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/config.h"
#include "fuzz.h"

extern char **environ;

/* libFuzzer's and the sanitizers' variables stay. */
static void forget_environment(void)
{
    static const char *const prefixes[] = {"AWS_", "PG", "COPYFLEET_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        for (char **variable = environ; *variable;) {
            AUTO_FREE char *name = memory_copy_slice((Slice){*variable, strcspn(*variable, "=")});
            if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0 && unsetenv(name) == 0)
                variable = environ;
            else
                variable++;
        }
}

/* A file in memory, and a path that opens it. */
static const char *write_file(Slice text)
{
    static int file = -1;
    static char path[64];
    if (file < 0) {
        forget_environment();
        file = memfd_create("dwh.cfg", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    bool is_written = ftruncate(file, 0) == 0 && pwrite(file, text.data, text.length, 0) == (ssize_t)text.length;
    assert(is_written);
    return path;
}

/* A repeat count in a partition pattern makes glibc's regcomp take any time and memory. The pattern is the operator's
 * own, so that is not what is looked for here. */
static bool has_repeat(Slice text)
{
    for (size_t i = 1; i < text.length; i++)
        if (text.data[i - 1] == '{' && (isdigit((unsigned char)text.data[i]) || text.data[i] == ','))
            return true;
    return false;
}

static void check_mistakes(const char *mistakes, const Error *error)
{
    size_t lines = 0;
    fuzz_check_error(error);
    assert(error->kind == ERROR_FATAL && mistakes);
    for (const char *line = mistakes; *line; line = strchr(line, '\n') + 1) {
        assert(strchr(line, '\n') > line);
        lines++;
    }
    assert(lines > 0 && lines == strtoul(error->message, NULL, 10));
}

/* NULL if it does not load. */
static char *load(Slice text)
{
    Error error = {0};
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    if (!config_load(write_file(text), &config, &mistakes, &error)) {
        check_mistakes(mistakes, &error);
        return NULL;
    }
    assert(!mistakes);
    char *printed = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&printed, &length);
    config_print(&config, stream);
    fclose(stream);
    assert(strlen(printed) == length);
    return printed;
}

/* In place: the comments say which line a value came from, and that is another one now. */
static void drop_comments(char *text)
{
    char *out = text;
    for (Slice rest = slice_from_text(text); rest.length > 0;) {
        Slice line = fuzz_take_line(&rest);
        if (line.length > 0 && line.data[0] == '#')
            continue;
        memmove(out, line.data, line.length);
        out += line.length;
        *out++ = '\n';
    }
    *out = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = {(const char *)data, size};
    if (has_repeat(text))
        return 0;
    AUTO_FREE char *printed = load(text);
    if (!printed)
        return 0;
    AUTO_FREE char *again = load(slice_from_text(printed));
    assert(again);
    drop_comments(printed);
    drop_comments(again);
    assert(strcmp(printed, again) == 0);
    return 0;
}
