/* SPDX-License-Identifier: Apache-2.0 */
#include "task/partition.h"

#include <regex.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

#define GROUPS_MAX 10

struct PartitionPattern {
    regex_t regex;
    bool is_empty;
    Buffer value;
};

bool partition_pattern_open(const char *pattern, PartitionPattern **out_pattern, Error *error)
{
    PartitionPattern *opened = memory_alloc_zeroed(1, sizeof *opened);
    opened->is_empty = !*pattern;
    int code = opened->is_empty ? 0 : regcomp(&opened->regex, pattern, REG_EXTENDED);
    if (code != 0) {
        char reason[128];
        regerror(code, &opened->regex, reason, sizeof reason);
        free(opened);
        return error_set(error, ERROR_FATAL, "the partition pattern '%s' is no regular expression: %s", pattern,
                         reason);
    }
    buffer_init(&opened->value, LIMIT_KEY_BYTES + GROUPS_MAX);
    *out_pattern = opened;
    return true;
}

void partition_pattern_close(PartitionPattern *pattern)
{
    if (!pattern)
        return;
    if (!pattern->is_empty)
        regfree(&pattern->regex);
    buffer_done(&pattern->value);
    free(pattern);
}

/* Nested groups may repeat a part of the key: what does not fit any more is left out. */
static void append_group(Buffer *value, const char *key, const regmatch_t *match)
{
    if (match->rm_so < 0)
        return;
    Slice group = {key + match->rm_so, (size_t)(match->rm_eo - match->rm_so)};
    if (value->length > 0 && !buffer_append_text(value, "/"))
        return;
    if (!buffer_append(value, group))
        return;
}

const char *partition_of_key(PartitionPattern *pattern, const char *key)
{
    regmatch_t matches[GROUPS_MAX];
    if (pattern->is_empty || regexec(&pattern->regex, key, GROUPS_MAX, matches, 0) != 0)
        return "-";
    buffer_clear(&pattern->value);
    size_t groups = pattern->regex.re_nsub < GROUPS_MAX ? pattern->regex.re_nsub : GROUPS_MAX - 1;
    for (size_t i = 1; i <= groups; i++)
        append_group(&pattern->value, key, &matches[i]);
    /* The pattern works on bytes, and may cut a character. */
    bool is_text = pattern->value.length > 0 && utf8_is_valid(pattern->value.data);
    return is_text ? pattern->value.data : "-";
}
