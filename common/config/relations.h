/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between the values of a configuration, beyond what must hold for each. */
#pragma once

#include "config/config.h"
#include "config/settings.h"

void config_relations_check(const Config *config, const Settings *settings, Mistakes *mistakes);
