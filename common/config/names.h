/* SPDX-License-Identifier: Apache-2.0
 *
 * From what people write to what the table of keys calls it, and where that fails, to the nearest name. Sections and
 * keys are case-insensitive; names of datasets and of librdkafka's options are not. Pure. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "config/keys.h"

/* Prefix of librdkafka's options in [KAFKA]. */
#define NAME_LIBRDKAFKA "librdkafka."

typedef struct ConfigName {
    char *section; /* as in the table, or "dataset NAME" */
    char *name;
    const Key *key; /* NULL: a name of [S3], or an option of librdkafka */
} ConfigName;

#define AUTO_CONFIG_NAME AUTO(ConfigName, config_name_done)

void config_name_done(ConfigName *name);

/* False with *out_reason, to be freed by the caller, where there is no such section or key; *out_is_section tells
 * which. */
bool config_name_find(const char *section, const char *name, ConfigName *out_name, bool *out_is_section,
                      char **out_reason) MUST_USE;

/* The same for an environment variable COPYFLEET_…. */
bool config_name_find_variable(const char *variable, ConfigName *out_name, char **out_reason) MUST_USE;

/* Whether the value is to be kept from all eyes: keys that say so, and librdkafka's passwords, secrets and keys. */
bool config_name_is_secret(const ConfigName *name);

/* Whether the value may be shown: not if an option that is passed through may be a secret's name, misspelt. */
bool config_name_is_harmless(const ConfigName *name);

/* "COPYFLEET_SECTION_KEY" for a key that is not a dataset's; to be freed by the caller. */
char *config_name_format_variable(const char *section, const char *name);
