/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service of AWS says when it does not do what it was asked. */
#pragma once

#include <stddef.h>

#include "base/slice.h"

/* A text that the service did not send is "". */
typedef struct Refusal {
    int status; /* 0: it did not answer at all */
    char code[96];
    char message[384];
} Refusal;

/* From the body of a refusal: <Error> in <ErrorResponse>, or EC2's in <Response><Errors>. Pure. */
void refusal_read_xml(Slice body, Refusal *refusal);

/* Copies a text of the service: cut if it is too long, and fit for a terminal. */
void refusal_copy_text(char *out_text, size_t size, const char *text);
