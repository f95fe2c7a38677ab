/* SPDX-License-Identifier: Apache-2.0
 *
 * From the settings of [dataset NAME] to Config's datasets. */
#pragma once

#include "config/config.h"
#include "config/settings.h"

/* sql/datasets.cfg: the datasets of the star schema that copyfleet brings. */
extern const char config_datasets_text[];

/* Fills config's datasets, without those that have no location. */
void config_datasets_store(const Settings *settings, Config *config, Mistakes *mistakes);

/* What JSON says. */
DatasetJson config_datasets_find_json(const char *json);

void config_datasets_done(Config *config);
