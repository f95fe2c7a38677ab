/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of copyfleet cluster. */
#pragma once

#include "cli/command.h"

CommandFunction cluster_create;
CommandFunction cluster_status;
CommandFunction cluster_open;
CommandFunction cluster_delete;
