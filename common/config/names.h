/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the section and key of the table of keys that a person means. If there is none, the reason offers the
 * nearest name. Sections and keys are case-insensitive; names of datasets and of librdkafka's options are not. Pure. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "config/keys.h"

/* Prefix of librdkafka's options in [KAFKA]. */
#define NAME_LIBRDKAFKA "librdkafka."

typedef struct ConfigName {
    Section section;
    char *dataset; /* the NAME of [dataset NAME]; NULL: of another section */
    char *name;
    const Key *key; /* NULL: a name of [S3], or an option of librdkafka */
} ConfigName;

#define AUTO_CONFIG_NAME AUTO(ConfigName, config_name_done)

void config_name_done(ConfigName *name);

/* False if there is no such section or key: *out_is_section tells which, *out_reason says it, and the caller frees the
 * reason. */
bool config_name_find(const char *section, const char *name, ConfigName *out_name, bool *out_is_section,
                      char **out_reason) MUST_USE;

/* The same for an environment variable COPYFLEET_…. */
bool config_name_find_variable(const char *variable, ConfigName *out_name, char **out_reason) MUST_USE;

/* Whether the value is a secret: that of a key whose row says so, or a password, secret or key of librdkafka. */
bool config_name_is_secret(const ConfigName *name);

/* Whether the value may be shown. That of an option that is passed through may not if nobody knows the option: its name
 * may be a secret's, misspelt. */
bool config_name_is_harmless(const ConfigName *name);
