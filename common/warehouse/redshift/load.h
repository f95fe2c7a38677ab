/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "warehouse/warehouse_private.h"

/* manifest → COPY into a temporary table → are the objects still what was planned? → insert → record → commit. */
TaskEnd redshift_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error) MUST_USE;
