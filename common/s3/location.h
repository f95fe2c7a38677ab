/* SPDX-License-Identifier: Apache-2.0
 *
 * A dataset's LOCATION: the s3:// URLs that its objects are below. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

typedef bool LocationFunction(void *context, const char *bucket, const char *prefix, Error *error);

/* Calls each for every URL; the texts are valid during the call only. */
bool location_visit(const Dataset *dataset, LocationFunction *each, void *context, Error *error) MUST_USE;

/* The same for one text; a text that is no s3:// URL calls nothing. */
bool location_visit_url(const char *text, LocationFunction *each, void *context, Error *error) MUST_USE;

/* Whether the dataset's objects include it. */
bool location_covers(const Dataset *dataset, const char *bucket, const char *key);

/* Whether any dataset's do. */
bool location_covers_any(const Config *config, const char *bucket, const char *key);

/* Whether the configuration itself names the object: as a jsonpaths file of any dataset, or by another key of [S3].
 * Such an object is no data. An object that a LOCATION names by its whole key is data. */
bool location_is_of_config(const Config *config, const char *bucket, const char *key);
