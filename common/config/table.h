/* SPDX-License-Identifier: Apache-2.0
 *
 * The name of a table as SQL writes it: name or schema.name, each of which may be quoted. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is such a name. The functions below take only such a text. */
bool config_table_is_valid(const char *text);

/* The dot between schema and name; NULL if there is none. */
const char *config_table_find_dot(const char *text);

/* The table's name quoted, with its schema if the text has one; to be freed by the caller. All spellings of one table
 * give the same: orders, ORDERS and "orders" are "orders". */
char *config_table_spell(const char *text);

/* Whether neither the table's name nor its schema's is longer than length_max bytes. */
bool config_table_fits(const char *text, size_t length_max);
