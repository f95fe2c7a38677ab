/* SPDX-License-Identifier: Apache-2.0
 *
 * Small questions to a bucket: whether it answers, and what these credentials may do in it. s3.h declares those of the
 * rest of the program; this one is for the modules of this folder. */
#pragma once

#include "base/error.h"
#include "s3/s3.h"

/* Judges error, which says that an object was denied, by listing the object's folder. If that is denied too, the error
 * becomes DENIED; if not, the object alone is at fault. If the listing gets no answer, nobody knows, and the error
 * becomes the listing's. The first object that is denied alone after a DENIED gets another try, as after an OUTAGE. */
void s3_probe_judge_denial(S3 *s3, const char *bucket, const char *key, Error *error);
