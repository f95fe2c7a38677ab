/* SPDX-License-Identifier: Apache-2.0
 *
 * The header lines of one request to an AWS service. The lines that are signed are those that are sent. They are added
 * in the order of their names, then signed as a whole. A SignedLines serves one request after the other, so that its
 * memory is allocated once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "web/http.h"
#include "web/sigv4.h"

#define SIGNED_LINES_MAX 8

typedef struct SignedLines {
    Buffer text;                     /* the lines, each with its NUL */
    Buffer authorization;            /* the line of the signature over all of them */
    size_t starts[SIGNED_LINES_MAX]; /* offsets, because the buffer moves while it grows */
    size_t name_lengths[SIGNED_LINES_MAX];
    size_t count;
} SignedLines;

void signed_lines_init(SignedLines *lines);

/* Wipes what was in them: a session token. */
void signed_lines_done(SignedLines *lines);

/* For the next request. */
void signed_lines_clear(SignedLines *lines);

/* Adds a line. Its name is in lower case and sorts after the names before it. False if the lines get too long. */
bool signed_lines_add(SignedLines *lines, const char *name, const char *value) MUST_USE;

/* Makes the signature. request gives method, path, query and hash; the lines are its headers. */
bool signed_lines_sign(SignedLines *lines, const Sigv4Request *request, const Sigv4Scope *scope) MUST_USE;

/* Sets the request's headers to the lines and the signature: without the host, which libcurl sends itself. They borrow
 * the lines' text. Returns their number. */
size_t signed_lines_pass(const SignedLines *lines, HttpRequest *request);
