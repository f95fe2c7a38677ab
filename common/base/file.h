/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that the user named. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* Appends the whole file to text. FATAL if it cannot be read or does not fit under the buffer's maximum. The error's
 * sentence calls the file by what: "SQL file". */
bool file_read(const char *path, const char *what, Buffer *text, Error *error) MUST_USE;
