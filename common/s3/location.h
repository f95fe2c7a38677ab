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

/* The same for one text. If it is no s3:// URL, each is not called. */
bool location_visit_url(const char *text, LocationFunction *each, void *context, Error *error) MUST_USE;

/* Whether the object is one of the dataset's. */
bool location_covers(const Dataset *dataset, const char *bucket, const char *key);

/* Whether it is one of any dataset's. */
bool location_covers_any(const Config *config, const char *bucket, const char *key);

/* Whether any setting, of any section, names the object by its whole URL: as a jsonpaths file of a dataset, for
 * instance. Such an object is no data, unless the LOCATION of a dataset names it so. */
bool location_is_of_config(const Config *config, const char *bucket, const char *key);
