/* SPDX-License-Identifier: Apache-2.0
 *
 * How each of the programs begins. */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* To be called first of all. From then on no secret reaches a core dump, and signals ask to stop (base/stop.h). */
void start_process(void);

/* host:process-random, by which the ledger knows the process. A long host name is cut at its beginning, since the names
 * of a fleet's machines differ at their end. Containers may share host and process number, and one's heartbeat must not
 * keep another's sessions alive. */
void start_name_process(char *out_name, size_t size);

/* Says on stderr, as program, what is wrong with the option for which getopt_long returned result ('?' or ':'). Its
 * optstring begins with ':' (after '+'), so that it says nothing itself. The nearest of options is offered. */
void start_refuse_option(const char *program, char *const *argv, int result, const struct option *options);

/* --log-level and --log-format. They are put into the environment: so they override the file each time that it is read,
 * and hold for the workers that this process starts. False, and said on stderr, if there is no such value. */
bool start_take_log_level(const char *program, const char *value) MUST_USE;
bool start_take_log_format(const char *program, const char *value) MUST_USE;

/* Reads the configuration (config_load), and logs as it says from then on. If something is wrong with it, program says
 * so on stderr. */
bool start_config(const char *program, const char *path, Config *out_config) MUST_USE;

/* The same for a command that needs a configuration: it is also wrong if there is none. */
bool start_config_needed(const char *program, const char *path, Config *out_config) MUST_USE;

/* From now on the log has the level and format of the configuration. */
void start_log(const Config *config);
