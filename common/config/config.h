/* SPDX-License-Identifier: Apache-2.0
 *
 * What the user configured: dwh.cfg, overridden by the environment. One table (keys.c) holds every key's
 * section, name, type, default, limits and help; the reader, --print-config and the reference in docs/configuration.md
 * come from it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/aws.h"
#include "config/dataset.h"
#include "config/dwh.h"
#include "config/fleet.h"
#include "config/kafka.h"
#include "config/warehouse.h"

typedef struct Config {
    AwsConfig aws;
    WarehouseConfig warehouse;
    DwhConfig dwh;
    KafkaConfig kafka;
    FleetConfig fleet;

    Dataset *datasets; /* those whose location is not empty, sorted by name */
    size_t dataset_count;

    bool is_missing; /* nothing configures us: no file, or an empty one, and no variable */

    struct Settings *settings;   /* what was read and from where, for config_print */
    struct SecretStore *secrets; /* the one that all sections use */
} Config;

#define AUTO_CONFIG AUTO(Config, config_done)

/* Reads the file, then the environment. path NULL: the file that $COPYFLEET_CONFIG names, else dwh.cfg of the current
 * folder, which need not be there. No text of the result is NULL. All mistakes are reported at once, a line each, in
 * *out_mistakes, to be freed by the caller (NULL if there are none); error then says how many. */
bool config_load(const char *path, Config *out_config, char **out_mistakes, Error *error) MUST_USE;

void config_done(Config *config);

/* The file that config_load reads for path: NULL is the one that $COPYFLEET_CONFIG names, else dwh.cfg. */
const char *config_find_path(const char *path);

/* Prints the configuration as an INI file. A comment above each value says where it came from. Secrets are masked.
 * References are resolved, so that [S3] is not printed. */
void config_print(const Config *config, FILE *stream);

/* The reference of all keys as a Markdown table. */
void config_print_reference(FILE *stream);
