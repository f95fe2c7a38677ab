/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

Slice slice_trim_end(Slice text, const char *blanks)
{
    while (text.length > 0 && is_one_of(text.data[text.length - 1], blanks))
        text.length--;
    return text;
}

Slice slice_trim(Slice text, const char *blanks)
{
    while (text.length > 0 && is_one_of(text.data[0], blanks))
        text = (Slice){text.data + 1, text.length - 1};
    return slice_trim_end(text, blanks);
}
