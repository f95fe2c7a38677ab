/* SPDX-License-Identifier: Apache-2.0
 *
 * The INI dialect of Python's configparser, which people's dwh.cfg was written for: KEY = value or KEY: value, # and ;
 * open a comment at the start of a line only, a line that is indented deeper than its key continues the value, %% is %.
 * Quotes around a whole value are dropped.
 *
 * The reader is our own, because the libraries do not fit: libini_config 0.6.2 drops the whole file over one mistake,
 * knows no "KEY:" and refuses odd names without a line number; inih as Debian builds it cuts lines at 200 bytes and
 * values at " ;". */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/slice.h"

typedef struct IniReader {
    Slice rest;
    unsigned line;
    char *section;  /* NULL: none yet, or its header was not understood */
    bool is_broken; /* its header was not understood: its keys are passed over, so that it is one mistake, not many */
    char *name;
    Buffer value;
} IniReader;

/* Its texts live until the next call. */
typedef struct IniEntry {
    unsigned line;
    const char *section;
    const char *name; /* NULL: this is a header */
    const char *value;
    Slice text; /* its lines as they stand in the file, and the comments and empty lines after them */
} IniEntry;

typedef enum IniEvent { INI_END, INI_SECTION, INI_ENTRY, INI_MISTAKE } IniEvent;

void config_ini_init(IniReader *reader, Slice text);
void config_ini_done(IniReader *reader);

/* INI_MISTAKE: *out_mistake says what is wrong with out_entry's line, without quoting it, for it may hold a secret. */
IniEvent config_ini_next(IniReader *reader, IniEntry *out_entry, const char **out_mistake);
