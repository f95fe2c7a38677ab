/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration of a watch, which SIGHUP lets it read again. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"

/* What a watch needs of it, beside what every command needs; FATAL. */
bool watch_config_check(const Config *config, Error *error) MUST_USE;

/* The configuration as the file has it now. If the file has mistakes, or is none for a watch, that is logged, and
 * *out_refusal has all of it as one sentence. */
bool watch_config_read(const char *path, Config *out_config, Error *out_refusal) MUST_USE;
