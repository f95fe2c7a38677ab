/* SPDX-License-Identifier: Apache-2.0
 *
 * How an operator names what a command is about: s3://BUCKET/KEY an object, N a run, N/M a task of it, DATASET all of a
 * dataset, DATASET/PARTITION one partition, which may hold more '/'. A dataset's name begins with a letter, so that
 * nothing is two of these. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "ledger/change.h"

#define SELECTOR_VALUES 2

typedef struct Selector {
    ChangeSelection selection;
    char *values[SELECTOR_VALUES]; /* as change_select takes them */
} Selector;

#define AUTO_SELECTOR AUTO(Selector, selector_done)

/* FATAL if the text is none of these. Does not look whether the ledger has it. */
bool selector_parse(const char *text, Selector *out_selector, Error *error) MUST_USE;
void selector_done(Selector *selector);
