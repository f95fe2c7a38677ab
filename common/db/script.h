/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of SQL as the statements that it holds, with values in place of $1, $2 …: for a warehouse that takes one
 * statement at a time and no parameters. Pure. It knows what SQL quotes: '…' and "…" with doubled quotes, with
 * backslashes as Redshift has them, $$…$$, and comments of both kinds, which it leaves out; and what a name is, which
 * may hold $1 and stays what it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Takes the next statement off *rest, without comments, blanks around it and its ';', into out, which it clears; $n
 * becomes literals[n - 1] (already quoted), and a $n without a value stays as it is. False once there is none. */
bool script_next(Slice *rest, const char *const *literals, size_t literal_count, Buffer *out);

/* The words by which a statement of script_next ends or begins a transaction, commits (as Redshift's TRUNCATE does), or
 * makes the session another user's or another database's; NULL if it does none of this. */
const char *script_find_control(const char *statement);
