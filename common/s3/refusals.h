/* SPDX-License-Identifier: Apache-2.0
 *
 * S3's answer when it does not do what it was asked, and what to do about it: status and error code become a kind and a
 * sentence here, and nowhere else. Pure. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/* The texts of a refusal's body; "" for those that it lacks. A text that does not fit is cut, a message after a word.
 */
typedef struct S3Refusal {
    char code[64];
    char message[400]; /* KMS's have some 300 bytes */
    char region[32];
} S3Refusal;

/* What S3 was asked about. A refusal of an object concerns that object alone, a refusal of a bucket all its objects. */
typedef enum S3Subject { S3_SUBJECT_BUCKET, S3_SUBJECT_OBJECT } S3Subject;

/* Keeps an <Error>'s child element. */
void s3_refusal_keep(S3Refusal *refusal, const char *name, Slice text);

/* From the body of a response; a body that is no <Error> leaves it empty. */
void s3_refusal_parse(S3Refusal *refusal, Slice body);

/* Whether S3 refused because of what these credentials may do. */
bool s3_refusal_is_denial(const S3Refusal *refusal, int status);

/* Sets the error; returns false. */
bool s3_refusal_report(const S3Refusal *refusal, int status, S3Subject subject, Error *error);

/* Puts s3://bucket/key in front of the message, cut if it is very long. Makes the message fit for a terminal and a log:
 * control characters become '?'. Returns false. */
bool s3_refusal_name_object(Error *error, const char *bucket, const char *key);
