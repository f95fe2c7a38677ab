/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of a statement, for $1, $2 … in their order:
 *
 *     statement_run(connection, "claim/task", VALUES(NUMBER_VALUE(run), NUMBER_VALUE(task)), &result, error)
 *
 * They live as long as the block that they stand in; texts are borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as a statement has at most. */
#define VALUES_MAX 10

typedef struct StatementValue {
    const char *text; /* NULL: the null value */
    int64_t number;
    bool is_number;
} StatementValue;

typedef struct Values {
    const StatementValue *values;
    size_t count;
} Values;

#define TEXT_VALUE(value) ((StatementValue){(value), 0, false})
#define NUMBER_VALUE(value) ((StatementValue){NULL, (int64_t)(value), true})

#define VALUES(...)                                                                                                    \
    ((Values){(const StatementValue[]){__VA_ARGS__},                                                                   \
              sizeof((const StatementValue[]){__VA_ARGS__}) / sizeof(StatementValue)})
#define NO_VALUES ((Values){NULL, 0})

/* The values as texts, in which the numbers are written out. */
typedef struct ValueTexts {
    const char *texts[VALUES_MAX];
    char numbers[VALUES_MAX][24];
} ValueTexts;

void values_write(Values values, ValueTexts *out_texts);
