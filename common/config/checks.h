/* SPDX-License-Identifier: Apache-2.0
 *
 * What a text must look like to be of a key's type. Pure. A function that returns false sets *out_reason, which the
 * caller frees. */
#pragma once

#include <stdbool.h>

#include "config/keys.h"

/* Returns false with the reason "'text' what". A long text is cut, and one that may be a secret is masked. */
bool config_check_refuse(const char *text, const char *what, char **out_reason);

/* Whether the text has no line break and no other control character but tabs. So a secret that was read from a file
 * together with its last newline is refused here, rather than by a service as a wrong one. */
bool config_check_text(const char *text, char **out_reason);

/* Whether the text, which is not empty, is of the type. */
bool config_check_type(KeyType type, const char *text, char **out_reason);
