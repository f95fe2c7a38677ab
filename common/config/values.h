/* SPDX-License-Identifier: Apache-2.0
 *
 * From a key's text to its field, checked by type and limits. Pure. */
#pragma once

#include <stdbool.h>

#include "config/keys.h"

/* Sets the key's field in object, which is the Config or Dataset that the key's offset counts from; a text is freed and
 * replaced. An empty text is the key's default. False with *out_reason, to be freed by the caller, where the text will
 * not do; of a secret it says nothing. */
bool config_value_store(const Key *key, const char *text, void *object, char **out_reason);

/* Frees the text of the key's field, where it is one. */
void config_value_done(const Key *key, void *object);

/* What the type takes, for people: "integer 1 to 64", "one of `a`, `b`"; to be freed by the caller. */
char *config_value_describe(const Key *key);
