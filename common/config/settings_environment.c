/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/keys.h"
#include "config/settings.h"

#define PREFIX "COPYFLEET_"

/* Variables of this prefix that are no configuration keys. */
static const char *const other_variables[] = {
    "COPYFLEET_CONFIG", /* the path of the file */
};

extern char **environ;

static void add(Settings *settings, SettingLayer layer, ConfigName *name, const char *variable, const char *value,
                Mistakes *mistakes)
{
    Setting setting = {.layer = layer,
                       .name = *name,
                       .value = memory_copy_text(value),
                       .origin = memory_format("environment %s", variable)};
    *name = (ConfigName){0};
    settings_add(settings, &setting, mistakes);
}

/* An empty variable counts as none, in all layers. The AWS tools and libpq do the same, and the settings of a container
 * may then pass variables through that are not set. */
static const char *get_variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && value[0] ? value : NULL;
}

static void read_tools(Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        const char *variable = get_variable(key->environment[0]) ? key->environment[0] : key->environment[1];
        const char *value = get_variable(variable);
        if (!value)
            continue;
        ConfigName name = {key->section, NULL, memory_copy_text(key->name), key};
        add(settings, LAYER_TOOLS, &name, variable, value, mistakes);
    }
}

static bool is_other(const char *variable)
{
    for (size_t i = 0; i < sizeof other_variables / sizeof *other_variables; i++)
        if (strcmp(variable, other_variables[i]) == 0)
            return true;
    return false;
}

static void read_variable(Settings *settings, const char *variable, const char *value, Mistakes *mistakes)
{
    ConfigName name;
    AUTO_FREE char *reason = NULL;
    if (!config_name_find_variable(variable, &name, &reason))
        mistakes_add(mistakes, 0, "environment %s: %s", variable, reason);
    else if (value[0])
        add(settings, LAYER_ENVIRONMENT, &name, variable, value, mistakes);
    else
        config_name_done(&name);
}

static void read_own(Settings *settings, Mistakes *mistakes)
{
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals || strncmp(*entry, PREFIX, strlen(PREFIX)) != 0)
            continue;
        AUTO_FREE char *variable = memory_copy_slice((Slice){*entry, (size_t)(equals - *entry)});
        if (!is_other(variable))
            read_variable(settings, variable, equals + 1, mistakes);
    }
}

/* Whether the layer has that key of [AWS]. */
static bool has_layer(const Settings *settings, SettingLayer layer, const char *name)
{
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        if (setting->layer == layer && setting->name.section == SECTION_AWS && strcmp(setting->name.name, name) == 0)
            return true;
    }
    return false;
}

/* Key, secret and session token come from the highest layer that has a key or a secret. S3 refuses a token of one
 * identity with the key of another, by an error that nobody understands. */
static void unmix_credentials(Settings *settings)
{
    SettingLayer source = LAYER_ENVIRONMENT;
    while (source > LAYER_FILE && !has_layer(settings, source, "KEY") && !has_layer(settings, source, "SECRET"))
        source--;
    for (SettingLayer layer = LAYER_FILE; layer <= LAYER_ENVIRONMENT; layer++) {
        if (layer == source)
            continue;
        settings_remove(settings, layer, SECTION_AWS, "KEY");
        settings_remove(settings, layer, SECTION_AWS, "SECRET");
        settings_remove(settings, layer, SECTION_AWS, "SESSION_TOKEN");
    }
}

/* libpq resolves the service that PGSERVICE names. Explicit parameters override the service, and the service overrides
 * PG*. So neither the file's values nor PG* may be passed explicitly. */
static void yield_to_service(Settings *settings)
{
    if (!get_variable("PGSERVICE"))
        return;
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].section != SECTION_CLUSTER)
            continue;
        settings_remove(settings, LAYER_FILE, SECTION_CLUSTER, config_keys[i].name);
        settings_remove(settings, LAYER_TOOLS, SECTION_CLUSTER, config_keys[i].name);
    }
}

void settings_read_environment(Settings *settings, Mistakes *mistakes)
{
    read_tools(settings, mistakes);
    read_own(settings, mistakes);
    unmix_credentials(settings);
    yield_to_service(settings);
}

bool settings_say_anything(const Settings *settings)
{
    bool is_there = get_variable("PGSERVICE") != NULL;
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        bool is_of_warehouse = setting->layer == LAYER_TOOLS && setting->name.section == SECTION_CLUSTER;
        bool is_of_file = setting->layer == LAYER_FILE && *setting->value;
        is_there = is_there || setting->layer == LAYER_ENVIRONMENT || is_of_warehouse || is_of_file;
    }
    return is_there;
}
