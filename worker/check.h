/* SPDX-License-Identifier: Apache-2.0
 *
 * What a worker looks at before it joins the group: each dataset's buckets, jsonpaths file and table. One that is away,
 * denied or unfit stops its dataset alone. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "db/connection.h"
#include "s3/s3.h"
#include "warehouse/loader.h"
#include "worker/fleet.h"

/* OUTAGE if nothing can be loaded for now, DENIED if everything is. is_first: this is the worker's first
 * executor, which asks for the buckets and logs what it finds; every executor's loader is made ready. */
bool check_datasets(Fleet *fleet, S3 *s3, Connection *connection, Loader *loader, bool is_first, Error *error) MUST_USE;
