/* SPDX-License-Identifier: Apache-2.0
 *
 * What --help prints: a text file for each command in coordinator/commands/usage, built in as usage_NAME. */
#pragma once

extern const char usage_create_tables[];
extern const char usage_run[];
extern const char usage_watch[];
extern const char usage_plan[];
extern const char usage_status[];
extern const char usage_retry[];
extern const char usage_skip[];
extern const char usage_undo[];
extern const char usage_reload[];
extern const char usage_audit[];
extern const char usage_verify[];
extern const char usage_analyze[];
extern const char usage_cluster_create[];
extern const char usage_cluster_status[];
extern const char usage_cluster_open[];
extern const char usage_cluster_delete[];

/* What copyfleet --help prints after the list of commands. */
extern const char usage_global_options[];
