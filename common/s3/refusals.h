/* SPDX-License-Identifier: Apache-2.0
 *
 * What S3 says when it does not do what it was asked, and what that calls for: status and error code become a kind and
 * a sentence here, and nowhere else. Pure. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/* What the body of a refusal names; "" for what it does not. Texts that do not fit are cut,
 * a message after a word. */
typedef struct S3Refusal {
    char code[64];
    char message[400]; /* KMS's have some 300 bytes */
    char region[32];
} S3Refusal;

/* What was asked of S3: a refusal of one object is that object's fault alone, one of a listing everybody's. */
typedef enum S3Subject { S3_SUBJECT_BUCKET, S3_SUBJECT_OBJECT } S3Subject;

/* Keeps an <Error>'s child element. */
void s3_refusal_keep(S3Refusal *refusal, const char *name, Slice text);

/* From the body of a response; a body that is no <Error> leaves it empty. */
void s3_refusal_parse(S3Refusal *refusal, Slice body);

/* Whether it is about what these credentials may do. */
bool s3_refusal_is_denial(const S3Refusal *refusal, int status);

/* Sets the error; returns false. */
bool s3_refusal_report(const S3Refusal *refusal, int status, S3Subject subject, Error *error);

/* Puts s3://bucket/key, cut where it is very long, in front of the message, and makes the whole fit for a terminal and
 * a log: control characters become '?'. Returns false. */
bool s3_refusal_name_object(Error *error, const char *bucket, const char *key);
