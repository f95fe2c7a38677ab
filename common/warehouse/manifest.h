/* SPDX-License-Identifier: Apache-2.0
 *
 * A manifest as COPY reads it, https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html:
 * begin, an entry for each object, end. False if the buffer is full or a key is no UTF-8. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/buffer.h"

bool manifest_begin(Buffer *text) MUST_USE;
bool manifest_add(Buffer *text, const char *bucket, const char *key) MUST_USE;
bool manifest_end(Buffer *text) MUST_USE;

/* Appends "name": "text" as JSON. */
bool manifest_append_field(Buffer *out, const char *name, const char *text) MUST_USE;
