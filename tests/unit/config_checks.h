/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of base/config begin with and look at. Included after cmocka.h. */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/config.h"

/* Paths are those of vectors/config, and the environment is empty. */
static int set_up(void **state)
{
    (void)state;
    clearenv();
    return chdir(VECTORS "/config");
}

static const Dataset *find_dataset(const Config *config, const char *name)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        if (strcmp(config->datasets[i].name, name) == 0)
            return &config->datasets[i];
    return NULL;
}

static void load(const char *path, Config *config)
{
    Error error;
    AUTO_FREE char *mistakes = NULL;
    if (!config_load(path, config, &mistakes, &error))
        fail_msg("%s: %s", error.message, mistakes);
    assert_null(mistakes);
}

static void assert_mistakes(const char *path, const char *expected)
{
    Error error;
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    assert_false(config_load(path, &config, &mistakes, &error));
    assert_int_equal(error.kind, ERROR_FATAL);
    assert_string_equal(mistakes, expected);
}
