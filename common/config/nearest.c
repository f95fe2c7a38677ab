/* SPDX-License-Identifier: Apache-2.0 */
#include "config/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static bool is_same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance without regard to case, a row of the matrix at a time. */
static size_t measure(const char *a, const char *b)
{
    size_t row[sizeof((Nearest *)0)->name];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            size_t changed = !is_same_letter(a[i - 1], b[j - 1]);
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + changed);
            diagonal = above;
        }
    }
    return row[width];
}

void nearest_init(Nearest *nearest, const char *written)
{
    /* A third of the letters wrong is another word: TOPIC is no typing error of TABLE. */
    *nearest = (Nearest){.written = written, .distance = strlen(written) / 3 + 1};
}

void nearest_offer(Nearest *nearest, const char *candidate)
{
    if (strlen(nearest->written) >= sizeof nearest->name || strlen(candidate) >= sizeof nearest->name)
        return;
    size_t distance = measure(nearest->written, candidate);
    if (distance >= nearest->distance)
        return;
    nearest->distance = distance;
    snprintf(nearest->name, sizeof nearest->name, "%s", candidate);
}
