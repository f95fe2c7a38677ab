/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between values of a configuration each of which is right by itself. */
#pragma once

#include "config/config.h"
#include "config/settings.h"

void config_relations_check(const Config *config, const Settings *settings, Mistakes *mistakes);
