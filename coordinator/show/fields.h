/* SPDX-License-Identifier: Apache-2.0
 *
 * What was loaded and is probably not what somebody wanted: columns that no row fills, fields that no column asks for,
 * objects without rows. */
#pragma once

#include "base/error.h"
#include "db/connection.h"

/* Reads what was loaded since that time, by the warehouse's clock, as run/fields.sql takes it. */
bool fields_read(Connection *connection, const char *since, Result *out_fields, Error *error) MUST_USE;

/* On stderr, a sentence for each dataset and kind. */
void fields_say(const Result *fields);
