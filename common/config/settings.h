/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that was said about the configuration, with where it was said. A later layer overrides an earlier one;
 * what is overridden stays, so that credentials can be taken from one layer as a whole. */
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
    char *value;   /* references resolved, once config_references has run */
    char *origin;  /* "dwh.cfg:12", "environment AWS_REGION", "built in" */
    unsigned line; /* of the file; 0: not in a file */
    bool is_resolving, is_resolved;
    bool is_referred_to;
    size_t blame; /* index + 1 of the setting that the whole value was taken from by a reference; 0: none */
} Setting;

typedef struct Settings {
    Setting *items;
    size_t count;
    size_t capacity;
} Settings;

/* Takes over setting, or reports that its layer has said so already. */
void settings_add(Settings *settings, Setting *setting, Mistakes *mistakes);

/* That of the highest layer; NULL where there is none. */
Setting *settings_find(const Settings *settings, const char *section, const char *name);

/* Drops what the layer says about a section's key. */
void settings_remove(Settings *settings, SettingLayer layer, const char *section, const char *name);

void setting_done(Setting *setting);
void settings_done(Settings *settings);

/* "origin: [SECTION] KEY: message", without section and key where the origin is a variable that names both. A value
 * that is a reference is reported where it was written. */
void settings_report(const Settings *settings, const Setting *setting, Mistakes *mistakes, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Reads INI text; source is its name in mistakes, and NULL where it is built in. */
void settings_read_text(Settings *settings, Slice text, const char *source, Mistakes *mistakes);

/* Reads AWS_*, PG* and COPYFLEET_*. */
void settings_read_environment(Settings *settings, Mistakes *mistakes);

/* Whether the environment names a key of ours, or a warehouse. */
bool settings_have_environment(const Settings *settings);

/* Replaces ${SECTION.KEY} by the value of that key, and $${ by ${, in all values but secrets and those of LAYER_TOOLS,
 * which are taken as they are. */
void settings_resolve(Settings *settings, Mistakes *mistakes);
