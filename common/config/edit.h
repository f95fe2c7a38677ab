/* SPDX-License-Identifier: Apache-2.0
 *
 * Values written into the user's dwh.cfg where they belong: in place of the key's value, else at the end of its
 * section, else in a section of their own at the end. All other bytes stay: comments, order, line ends, spelling. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

typedef struct ConfigEdit {
    const char *section;
    const char *name;
    const char *value; /* as it is to count, before it is quoted for the file */
} ConfigEdit;

/* Appends the text with the edit to out; as it was where it says so already. False where that is no INI file that
 * would say so afterwards. Pure. */
bool config_edit_text(Slice text, const ConfigEdit *edit, Buffer *out) MUST_USE;

/* The same with the file, which is replaced as a whole and keeps its mode; one that is not there is made, for its owner
 * alone. *out_has_changed: whether it said otherwise before. */
bool config_edit_file(const char *path, const ConfigEdit *edits, size_t count, bool *out_has_changed,
                      Error *error) MUST_USE;
