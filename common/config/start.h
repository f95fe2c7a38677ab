/* SPDX-License-Identifier: Apache-2.0
 *
 * How each of the programs begins. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* First of all: no secret reaches a core dump, and signals ask to stop (base/stop.h). */
void start_process(void);

/* host:process-random, by which the ledger knows the process. A long host name is cut at its beginning, since the names
 * of a fleet's machines differ at their end. Containers may share host and process number, and one's heartbeat must not
 * keep another's sessions alive. */
void start_name_process(char *out_name, size_t size);

/* --log-level and --log-format: from now on as if the environment had them, so that they override the file, when it is
 * read again too, and hold for the workers that this process starts. False, said on stderr, where the value is none. */
bool start_take_log_level(const char *program, const char *value) MUST_USE;
bool start_take_log_format(const char *program, const char *value) MUST_USE;

/* Reads the configuration (config_load) and logs as it says from then on; says on stderr, as program, what is wrong
 * with it. */
bool start_config(const char *program, const char *path, Config *out_config) MUST_USE;

/* The same for what cannot work without one: says it if there is none. */
bool start_config_needed(const char *program, const char *path, Config *out_config) MUST_USE;

/* Logs as the configuration says. */
void start_log(const Config *config);
