/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a query as sentences for people, folded between words, so that no reason is cut and each is followed by what
 * to do about it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "db/connection.h"

typedef struct ItemPrinter {
    FILE *stream;
    size_t width;
    bool has_numbers; /* else each item has a dash */
    size_t number;    /* of the last one */
} ItemPrinter;

/* In the sentence, "{column}" becomes the row's value, and seconds ("…_s") become what a person says. A part in "[ ]"
 * is left out if a value in it is NULL or empty. The column what_to_do, if there is one, follows on a line of its own.
 */
void items_print(ItemPrinter *printer, const char *sentence, const Result *result);
