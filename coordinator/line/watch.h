/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet watch: the line for ever. */
#pragma once

#include "cli/command.h"

CommandFunction watch_command;
