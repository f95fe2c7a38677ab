/* SPDX-License-Identifier: Apache-2.0
 *
 * What Redshift loads into: a table whose columns may have changed, and a jsonpaths file, which the warehouse reads
 * itself, so that one that does not fit is best found out before. */
#pragma once

#include "warehouse/target.h"

/* Reads both as they are now. FATAL if there is no such table or file, or the file has not a path for each of the
 * table's columns. */
bool redshift_target_follow(Target *target, Connection *connection, S3 *s3, Error *error) MUST_USE;
