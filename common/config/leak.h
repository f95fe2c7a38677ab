/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets in places that are shown: typed into another key, or into the name of one. Pure. */
#pragma once

#include <stdbool.h>

#include "config/settings.h"

/* What is shown in place of a secret. */
#define LEAK_MASK "********"

/* Whether a text has the form of a secret: an AWS access key, its secret, or what leak_is_embedded finds. */
bool leak_is_likely(const char *text);

/* Whether a text has a password in it, as a URL with user and password or a connection string does. */
bool leak_is_embedded(const char *text);

/* Whether nobody may see the value of a setting: it is a secret, it holds a secret of the settings, it has the form of
 * a secret, or it belongs to an option that is passed through and is not known to be harmless. */
bool leak_is_in(const Settings *settings, const Setting *setting);

/* The text with LEAK_MASK in place of every secret of the settings; to be freed by the caller. */
char *leak_mask(const Settings *settings, const char *text);

/* The first word of a name as it was written, masked if it may be a secret; to be freed by the caller. */
char *leak_show_name(const char *name);
