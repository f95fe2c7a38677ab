/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that stand where none belongs: typed into another key, or under a name that is no key. Pure. */
#pragma once

#include <stdbool.h>

#include "base/config_settings.h"

#define SECRET_MASK "********"

/* Whether a text has the form of a secret: an AWS access key or its secret, or what secret_is_embedded knows. */
bool secret_is_likely(const char *text);

/* Whether a text brings a password of its own, as a URL with user and password or a connection string does. */
bool secret_is_embedded(const char *text);

/* Whether the value of a setting is to be kept from all eyes: a secret's, one that holds a secret of the settings, one
 * that has the form of a secret, and an option passed through that is not known to be harmless. */
bool secret_is_in(const Settings *settings, const Setting *setting);

/* In place of every secret of the settings in a text: SECRET_MASK. To be freed by the caller. */
char *secret_mask_known(const Settings *settings, const char *text);

/* A name as it was written, to be freed by the caller: no more than its first word, and nothing that may be a secret.
 */
char *secret_show_name(const char *name);
