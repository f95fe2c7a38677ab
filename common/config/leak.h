/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that stand where none belongs: typed into another key, or under a name that is no key. Pure. */
#pragma once

#include <stdbool.h>

#include "config/settings.h"

#define SECRET_MASK "********"

/* Whether a text has the form of a secret: an AWS access key or its secret, or what secret_is_embedded knows. */
bool secret_is_likely(const char *text);

/* Whether a text brings a password of its own, as a URL with user and password or a connection string does. */
bool secret_is_embedded(const char *text);

/* Whether nobody may see the value of a setting: it is a secret, holds a secret of the settings, has the form of a
 * secret, or belongs to an option that is passed through and not known to be harmless. */
bool secret_is_in(const Settings *settings, const Setting *setting);

/* The text with SECRET_MASK in place of every secret of the settings; to be freed by the caller. */
char *secret_mask_known(const Settings *settings, const char *text);

/* The first word of a name as it was written, masked if it may be a secret; to be freed by the caller. */
char *secret_show_name(const char *name);
