/* SPDX-License-Identifier: Apache-2.0
 *
 * The middle of the line, whatever kind of warehouse it is: a task's objects into a staging table. A loader is one
 * executor's: it has a target for each dataset, which is the staging table as the warehouse has it, and what a load
 * into that table needs. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "s3/s3.h"
#include "task/task.h"
#include "warehouse/outcome.h"
#include "warehouse/target.h"

typedef struct Loader Loader;

/* config and s3 must outlive the loader. Nothing is asked yet. */
Loader *loader_open(const Config *config, S3 *s3);
void loader_close(Loader *loader);

/* The dataset's target; NULL if the configuration has no such dataset. */
Target *loader_find(const Loader *loader, const char *dataset);

/* Calls each for the datasets that loader_prepare failed for, with why. */
void loader_each_unusable(const Loader *loader, void (*each)(const Dataset *dataset, const Error *why));

/* Reads what a load into the target needs to know, unless that is known. REFUSED if a person has to mend something:
 * then it is tried again each time, and the other datasets are loaded. */
bool loader_prepare(Loader *loader, Target *target, Connection *connection, Error *error) MUST_USE;

/* Loads a task's objects into a prepared target, exactly once. LOADED: they are committed. Else nothing is: LOST,
 * OBJECTS_FAULTY, FAULTY, FAULT_UNKNOWN, or FAILED if a service did. No transaction is left open. *out_outcome is
 * written unless it FAILED; the caller frees it by outcome_done. */
TaskEnd loader_load(Loader *loader, Target *target, Connection *connection, const Task *task,
                    const atomic_bool *interrupt, LoadOutcome *out_outcome, Error *error) MUST_USE;

/* Whether the dataset's table can be loaded into: FATAL, and what to mend, if not. */
bool loader_check(Connection *connection, const Config *config, const Dataset *dataset, Error *error) MUST_USE;

/* The SQL that a load of the dataset sends, for people; to be freed by the caller. FATAL if its table cannot be loaded
 * into. */
bool loader_describe(Connection *connection, const Config *config, const Dataset *dataset, char **out_sql,
                     Error *error) MUST_USE;
