/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose fault it is that a COPY failed: an object that changed, one with bad rows, nobody's in particular, or a
 * service's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "s3/fetch.h"
#include "warehouse/warehouse_private.h"

/* What is known of an object at fault. */
typedef struct RedshiftFault {
    bool is_there;
    LoadFailure failure;
} RedshiftFault;

typedef struct RedshiftFaults {
    const LoadOrder *order;
    RedshiftFault *faults; /* by the task's versions */
    size_t count;
    size_t rejects_bytes; /* that all rejects take */
    Rejects rejects;      /* of a COPY that succeeded all the same, as MAX_ERRORS allows */
    bool uses_stl;        /* SYS_LOAD_ERROR_DETAIL cannot be read */
    bool is_blind;        /* STL_LOAD_ERRORS cannot be read either */
    int64_t raw_bytes;    /* that may still be read of objects, for the text of rejected rows */
    char before[24];      /* the last COPY of our session that had errors, before this one */
} RedshiftFaults;

void redshift_faults_init(RedshiftFaults *faults, const LoadOrder *order);
void redshift_faults_done(RedshiftFaults *faults);

/* Before the COPY. */
bool redshift_faults_begin(RedshiftFaults *faults, Error *error) MUST_USE;

/* S3 says that an object is not what was planned. */
void redshift_faults_add_changed(RedshiftFaults *faults, size_t version, bool is_gone, const Error *why);

/* The COPY failed for why, and all objects are as planned: whose fault is it? OBJECTS_FAULTY or FAULT_UNKNOWN, with the
 * outcome, or FAILED with the error that calls for a wait, or for a person. */
TaskEnd redshift_faults_explain(RedshiftFaults *faults, const Error *why, LoadOutcome *outcome, Error *error) MUST_USE;

/* The objects at fault as the outcome's failures: OBJECTS_FAULTY, or GOES_ON if none is. */
TaskEnd redshift_faults_report(RedshiftFaults *faults, LoadOutcome *outcome) MUST_USE;

/* The COPY succeeded: reads the rows that it left out. */
bool redshift_faults_keep_rejects(RedshiftFaults *faults, Error *error) MUST_USE;
