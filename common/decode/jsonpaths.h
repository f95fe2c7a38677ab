/* SPDX-License-Identifier: Apache-2.0
 *
 * Redshift's jsonpaths file, {"jsonpaths": ["$['a']['b'][0]", "$.a.b[0]", …]}: the n-th path is the n-th column's.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "decode/mapping.h"

/* Adds the paths to the mapping and says at which node each ends. FATAL if the text is no such file, or names
 * another number of paths than count. */
bool jsonpaths_compile(Slice text, Mapping *mapping, MappingNode **out_nodes, size_t count, Error *error) MUST_USE;
