/* SPDX-License-Identifier: Apache-2.0
 *
 * From a key's text to its field, checked by type and limits. Pure. */
#pragma once

#include <stdbool.h>

#include "config/keys.h"

/* Sets the key's field in object, which is the Config or Dataset that the key's offset counts from. A text that the
 * field had is freed. An empty text stands for the key's default. False if the text will not do: *out_reason then says
 * why, without quoting a secret, and the caller frees it. */
bool config_value_store(const Key *key, const char *text, void *object, char **out_reason);

/* Whether the key's field is a text. */
bool config_value_is_text(const Key *key);

/* The word of the table for the value of a KEY_CHOICE; "" if none is chosen. */
const char *config_value_word(const Key *key, unsigned choice);

/* Frees the key's field if it is a text. */
void config_value_done(const Key *key, void *object);

/* What the type takes, for people: "1 to 64", "one of a, b"; to be freed by the caller. */
char *config_value_describe(const Key *key);
