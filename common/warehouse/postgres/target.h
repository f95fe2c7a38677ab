/* SPDX-License-Identifier: Apache-2.0
 *
 * A target that rows are decoded for: the staging table's columns and a decoder made for them. */
#pragma once

#include "config/dataset.h"
#include "warehouse/target.h"

/* FATAL if the table has a column of a type that cannot be loaded, or lacks the column _rescued which the dataset
 * asks for. */
bool postgres_target_check(const Dataset *dataset, const Table *table, Error *error) MUST_USE;

/* FATAL if the table is missing or cannot be loaded into, or if its jsonpaths file does not fit. */
bool postgres_target_open(Target *target, Connection *connection, S3 *s3, Error *error) MUST_USE;
void postgres_target_close(Target *target);

/* In the load's transaction: locks the table against changes of its columns, and follows the changes that there were
 * since the last load. A decoder for the former columns would fill the present ones with bytes of another type. REFUSED
 * if the table cannot be loaded into. */
bool postgres_target_follow(Target *target, Connection *connection, Error *error) MUST_USE;
