/* SPDX-License-Identifier: Apache-2.0
 *
 * Datasets that could not be listed for a while: no pass looks at them, so that the others never wait for a bucket that
 * is known to be away. Between passes, watch probes each of them, briefly, until it answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/retry.h"
#include "config/config.h"
#include "s3/s3.h"

typedef struct Absence {
    bool is_absent;
    Retry retry; /* when it is asked for next */
} Absence;

/* Zeroed, of no dataset. */
typedef struct Absences {
    Absence *items; /* one for each dataset */
    size_t count;
} Absences;

/* For so many datasets, of which none is absent. */
void absence_begin(Absences *absences, size_t dataset_count);
void absence_done(Absences *absences);

bool absence_has(const Absences *absences, size_t dataset);

/* The dataset could not be listed. */
void absence_add(Absences *absences, const Config *config, size_t dataset);

/* Asks for one, if one is due. *out_is_back is true if it answers; it is absent no more then. False if something other
 * than S3 fails, or a stop is requested. */
bool absence_look(Absences *absences, const Config *config, S3 *s3, bool *out_is_back, Error *error) MUST_USE;
