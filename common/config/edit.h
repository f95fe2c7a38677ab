/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes values into the user's dwh.cfg. A value replaces the one that its key has. If the file lacks the key, it goes
 * to the end of its section; if it lacks the section too, both go to the end of the file. All other bytes stay:
 * comments, order, line ends, spelling. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

typedef struct ConfigEdit {
    const char *section;
    const char *name;
    const char *value; /* as the reader is to give it back; the edit quotes it for the file */
} ConfigEdit;

/* Appends the edited text to out. A text that has the value already is appended as it is. False if the text is no INI
 * file, or would not give the value back when it is read again. Pure. */
bool config_edit_text(Slice text, const ConfigEdit *edit, Buffer *out) MUST_USE;

/* Edits the file. It is replaced as a whole, and keeps its mode. If there is none it is made, readable for its owner
 * alone. *out_has_changed tells whether the content is another now. */
bool config_edit_file(const char *path, const ConfigEdit *edits, size_t count, bool *out_has_changed,
                      Error *error) MUST_USE;
