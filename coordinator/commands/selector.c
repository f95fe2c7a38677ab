/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/selector.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "s3/s3.h"

static bool parse_object(const char *text, Selector *selector, Error *error)
{
    Slice bucket, key;
    if (!s3_url_parse(text, &bucket, &key, error))
        return false;
    if (key.length == 0)
        return error_set(error, ERROR_FATAL, "'%.200s' names a bucket and no object: write s3://bucket/key", text);
    *selector = (Selector){SELECT_OBJECT, {memory_copy_slice(bucket), memory_copy_slice(key)}};
    return true;
}

/* Digits that are a number from 1 to max. */
static bool is_number(Slice text, int64_t max)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!isdigit((unsigned char)text.data[i]) || number > max / 10)
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    return number >= 1 && number <= max;
}

static bool parse_task(Slice run, const char *task, const char *text, Selector *selector, Error *error)
{
    /* The last number but one, so that number * 10 + 9 does not overflow above. */
    if (!is_number(run, INT64_MAX / 10) || (task && !is_number(slice_from_text(task), INT32_MAX)))
        return error_set(error, ERROR_FATAL, "'%.200s' is no run (12) and no task of one (12/3)", text);
    *selector =
        (Selector){task ? SELECT_TASK : SELECT_RUN, {memory_copy_slice(run), task ? memory_copy_text(task) : NULL}};
    return true;
}

static bool is_dataset(Slice name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!islower((unsigned char)name.data[i]) && !isdigit((unsigned char)name.data[i]) && name.data[i] != '_')
            return false;
    return name.length > 0 && islower((unsigned char)name.data[0]);
}

bool selector_parse(const char *text, Selector *out_selector, Error *error)
{
    if (strncmp(text, "s3://", 5) == 0)
        return parse_object(text, out_selector, error);
    size_t length = strcspn(text, "/");
    Slice head = {text, length};
    const char *rest = text[length] == '/' ? text + length + 1 : NULL;
    if (isdigit((unsigned char)*text))
        return parse_task(head, rest, text, out_selector, error);
    if (!is_dataset(head) || (rest && !*rest))
        return error_set(error, ERROR_FATAL,
                         "'%.200s' selects nothing: write s3://BUCKET/KEY, RUN, RUN/TASK, DATASET or DATASET/PARTITION",
                         text);
    *out_selector = (Selector){SELECT_PARTITION, {memory_copy_slice(head), rest ? memory_copy_text(rest) : NULL}};
    return true;
}

void selector_done(Selector *selector)
{
    for (size_t i = 0; i < SELECTOR_VALUES; i++)
        free(selector->values[i]);
    *selector = (Selector){0};
}
