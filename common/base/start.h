/* SPDX-License-Identifier: Apache-2.0
 *
 * How each of the programs begins. */
#pragma once

#include <stdbool.h>

#include "base/config.h"

/* First of all: no secret reaches a core dump, and signals ask to stop (base/stop.h). */
void start_process(void);

/* Reads the configuration (config_load) and logs from its level on; says on stderr, as program, what is wrong with it.
 */
bool start_config(const char *program, const char *path, Config *out_config) MUST_USE;
