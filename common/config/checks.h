/* SPDX-License-Identifier: Apache-2.0
 *
 * What a text must look like to be of a key's type. Pure; each false comes with *out_reason, to be freed by the caller.
 */
#pragma once

#include <stdbool.h>

#include "config/keys.h"

/* Returns false with "'text' what", cut where it is long. */
bool config_check_refuse(const char *text, const char *what, char **out_reason);

/* No line breaks and other control characters: a secret that was read from a file with its last newline is told from a
 * wrong one here. */
bool config_check_text(const char *text, char **out_reason);

/* The dot between schema and name of a table as SQL writes it; NULL if there is none. */
const char *config_table_find_dot(const char *text);

/* The text is not empty. */
bool config_check_type(KeyType type, const char *text, char **out_reason);
