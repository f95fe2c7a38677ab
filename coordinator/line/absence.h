/* SPDX-License-Identifier: Apache-2.0
 *
 * Datasets that could not be listed for a while: no pass looks at them, so that the others never wait for a bucket that
 * is known to be away. In between each is asked for, shortly and again and again, until it answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "s3/s3.h"

typedef struct Absence {
    bool is_absent;
    unsigned probes;
    int64_t probe_at_ms;
} Absence;

/* Zeroed, of no dataset. */
typedef struct Absences {
    Absence *items; /* one for each dataset */
    size_t count;
} Absences;

/* Of so many datasets, of which none is absent. */
void absences_begin(Absences *absences, size_t dataset_count);
void absences_done(Absences *absences);

bool absences_has(const Absences *absences, size_t dataset);

/* The dataset could not be listed. */
void absences_add(Absences *absences, const Config *config, size_t dataset);

/* Asks for one, if one is due: *out_is_back is true if it answers, and then it is absent no more. Fails with what
 * fails meanwhile. */
bool absences_look(Absences *absences, const Config *config, S3 *s3, bool *out_is_back, Error *error) MUST_USE;
