/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "warehouse/warehouse_private.h"

/* fetch → decode → copy → record → commit. Objects at fault are failures in the outcome. The others are read to
 * their end all the same, so that one pass finds every object that is at fault. */
TaskEnd postgres_load(const LoadOrder *order, LoadOutcome *out_outcome, Error *error) MUST_USE;
