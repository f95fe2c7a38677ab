/* SPDX-License-Identifier: Apache-2.0 */
#include "web/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/limits.h"

#define BLANKS " \t\r"

static bool is_blank(char c)
{
    return c && strchr(BLANKS, c);
}

static Slice trim(Slice text)
{
    return slice_trim(text, BLANKS);
}

static Slice take_line(Slice *text)
{
    const char *end = memchr(text->data, '\n', text->length);
    Slice line = {text->data, end ? (size_t)(end - text->data) : text->length};
    size_t used = end ? line.length + 1 : line.length;
    *text = (Slice){text->data + used, text->length - used};
    return line;
}

/* A comment after a value begins with a blank and '#' or ';'. */
static Slice cut_comment(Slice value)
{
    for (size_t i = 1; i < value.length; i++)
        if ((value.data[i] == '#' || value.data[i] == ';') && is_blank(value.data[i - 1]))
            return trim((Slice){value.data, i});
    return value;
}

static bool is_section(Slice line, ProfileFile file, const char *profile)
{
    const char *end = memchr(line.data, ']', line.length);
    if (!end)
        return false;
    Slice name = trim((Slice){line.data + 1, (size_t)(end - line.data) - 1});
    Slice word = SLICE("profile");
    if (file == PROFILE_CONFIG && slice_starts_with(name, word) && name.length > word.length &&
        is_blank(name.data[word.length]))
        name = trim((Slice){name.data + word.length, name.length - word.length});
    else if (file == PROFILE_CONFIG && !slice_equals(name, SLICE("default")))
        return false;
    return slice_equals(name, slice_from_text(profile));
}

/* Finds the value of the key. If key is NULL: whether the section is there at all. */
static bool find(Slice text, ProfileFile file, const char *profile, const char *key, Slice *out_value)
{
    bool is_inside = false;
    bool is_found = false;
    while (text.length > 0) {
        Slice line = take_line(&text);
        /* An indented line belongs to the setting before: "s3 =" has settings of its own. */
        if (line.length == 0 || is_blank(line.data[0]) || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[') {
            is_inside = is_section(line, file, profile);
            is_found |= is_inside && !key;
            continue;
        }
        const char *equals = memchr(line.data, '=', line.length);
        if (!is_inside || !key || !equals)
            continue;
        Slice name = trim((Slice){line.data, (size_t)(equals - line.data)});
        if (name.length != strlen(key) || strncasecmp(name.data, key, name.length) != 0)
            continue;
        *out_value = cut_comment(trim((Slice){equals + 1, line.length - (size_t)(equals - line.data) - 1}));
        is_found = true;
    }
    return is_found;
}

bool profile_find(Slice text, ProfileFile file, const char *profile, const char *key, Slice *out_value)
{
    Slice value;
    if (!find(text, file, profile, key, &value) || value.length == 0)
        return false;
    *out_value = value;
    return true;
}

bool profile_exists(Slice text, ProfileFile file, const char *profile)
{
    return find(text, file, profile, NULL, NULL);
}

bool profile_read_file(const char *path, Buffer *text)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool is_read = false;
    for (;;) {
        if (!buffer_reserve(text, 4 * KIB))
            break;
        ssize_t length = read(file, text->data + text->length, 4 * KIB);
        if (length < 0 && errno == EINTR)
            continue;
        is_read = length == 0;
        if (length <= 0)
            break;
        text->length += (size_t)length;
    }
    close(file);
    return is_read;
}
