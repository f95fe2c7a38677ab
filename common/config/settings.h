/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that files and variables say about the configuration, and where they say it. A later layer overrides an
 * earlier one. What is overridden stays in the list, so that credentials can be taken from one layer as a whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/slice.h"
#include "config/mistakes.h"
#include "config/names.h"

typedef enum SettingLayer {
    LAYER_BUILT_IN,
    LAYER_FILE,
    LAYER_TOOLS,       /* AWS_* and PG* */
    LAYER_ENVIRONMENT, /* COPYFLEET_* */
} SettingLayer;

typedef struct Setting {
    SettingLayer layer;
    ConfigName name;
    char *value;   /* references resolved, once settings_resolve has run */
    char *origin;  /* "dwh.cfg:12", "environment AWS_REGION", "built in" */
    unsigned line; /* of the file; 0: not in a file */
    bool is_resolving, is_resolved;
    bool is_referred_to;
    size_t blame; /* if the whole value is one reference: index + 1 of the setting that it names; else 0 */
} Setting;

typedef struct Settings {
    Setting *items;
    size_t count;
    size_t capacity;
} Settings;

/* Takes over setting. If its layer sets the key already, that is reported as a mistake. */
void settings_add(Settings *settings, Setting *setting, Mistakes *mistakes);

/* The setting of the highest layer; NULL if there is none. */
Setting *settings_find(const Settings *settings, Section section, const char *name);

/* The same for a key of [dataset NAME]. */
Setting *settings_find_of_dataset(const Settings *settings, const char *dataset, const char *name);

/* Drops what the layer says about a key of a section that is no dataset's. */
void settings_remove(Settings *settings, SettingLayer layer, Section section, const char *name);

void setting_done(Setting *setting);
void settings_done(Settings *settings);

/* Adds the mistake "origin: [SECTION] KEY: message", without section and key if the origin is a variable, which names
 * both. If the setting took its value from another by a reference, that one is named. */
void settings_report(const Settings *settings, const Setting *setting, Mistakes *mistakes, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Reads INI text; source is its name in mistakes. NULL: it is built in. */
void settings_read_text(Settings *settings, Slice text, const char *source, Mistakes *mistakes);

/* Reads AWS_*, PG* and COPYFLEET_*. */
void settings_read_environment(Settings *settings, Mistakes *mistakes);

/* Whether anybody configures us: the file gives a key a value, or the environment a key of ours or a warehouse. */
bool settings_say_anything(const Settings *settings);

/* Replaces ${SECTION.KEY} by the value of that key, and $${ by ${. Secrets and values of LAYER_TOOLS are taken as they
 * are. */
void settings_resolve(Settings *settings, Mistakes *mistakes);
