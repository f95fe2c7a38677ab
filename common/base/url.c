/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

/* -1 if it is no hexadecimal digit. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool url_decode(char *text, size_t *out_length)
{
    char *end = text;
    for (const char *at = text; *at; at++) {
        if (*at == '+') {
            *end++ = ' ';
            continue;
        }
        if (*at != '%') {
            *end++ = *at;
            continue;
        }
        int high = hex_value(at[1]);
        int low = high < 0 ? -1 : hex_value(at[2]);
        if (low < 0)
            return false;
        *(unsigned char *)end++ = (unsigned char)(high * 16 + low);
        at += 2;
    }
    *end = '\0';
    *out_length = (size_t)(end - text);
    return true;
}
