/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet run: the line once, from the listing to the transform. */
#pragma once

#include "cli/command.h"

CommandFunction run_command;
