/* SPDX-License-Identifier: Apache-2.0
 *
 * The transform step of the line: every complete run into the star schema, in one transaction, one at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/warehouse.h"
#include "db/connection.h"

typedef struct TransformSummary {
    int64_t runs;                /* that are done now; 0: none was complete, or somebody was faster */
    int64_t first_run, last_run; /* of them */
    int64_t ms;                  /* that it took */
    bool is_busy;                /* another transform is under way: nothing was done, ask again */
} TransformSummary;

/* Waits a second for a transform that is under way elsewhere. Nothing is changed if it fails. */
bool transform_run(Connection *connection, const WarehouseConfig *config, TransformSummary *out_summary,
                   Error *error) MUST_USE;
