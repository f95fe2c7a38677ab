/* SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/ini.h"
#include "config/leak.h"

/* Enough for hundreds of datasets. Each look-up searches all settings, which is fast enough up to this number. */
#define SETTINGS_MAX 4096

void setting_done(Setting *setting)
{
    config_name_done(&setting->name);
    free(setting->value);
    free(setting->origin);
    *setting = (Setting){0};
}

void settings_done(Settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        setting_done(&settings->items[i]);
    free(settings->items);
    *settings = (Settings){0};
}

static bool is_named(const Setting *setting, Section section, const char *dataset, const char *name)
{
    const ConfigName *own = &setting->name;
    return own->section == section && strcmp(own->name, name) == 0 && (!dataset || strcmp(own->dataset, dataset) == 0);
}

void settings_add(Settings *settings, Setting *setting, Mistakes *mistakes)
{
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *other = &settings->items[i];
        if (other->layer != setting->layer ||
            !is_named(other, setting->name.section, setting->name.dataset, setting->name.name))
            continue;
        settings_report(settings, setting, mistakes, "is set already, see %s", other->origin);
        setting_done(setting);
        return;
    }
    settings->items = memory_grow(settings->items, settings->count, &settings->capacity, sizeof *settings->items);
    settings->items[settings->count++] = *setting;
    *setting = (Setting){0};
}

static Setting *find(const Settings *settings, Section section, const char *dataset, const char *name)
{
    Setting *found = NULL;
    for (size_t i = 0; i < settings->count; i++) {
        Setting *setting = &settings->items[i];
        if (is_named(setting, section, dataset, name) && (!found || setting->layer > found->layer))
            found = setting;
    }
    return found;
}

Setting *settings_find(const Settings *settings, Section section, const char *name)
{
    assert(section != SECTION_DATASET);
    return find(settings, section, NULL, name);
}

Setting *settings_find_of_dataset(const Settings *settings, const char *dataset, const char *name)
{
    return find(settings, SECTION_DATASET, dataset, name);
}

void settings_remove(Settings *settings, SettingLayer layer, Section section, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < settings->count; i++) {
        if (settings->items[i].layer == layer && is_named(&settings->items[i], section, NULL, name))
            setting_done(&settings->items[i]);
        else
            settings->items[kept++] = settings->items[i];
    }
    settings->count = kept;
}

void settings_report(const Settings *settings, const Setting *setting, Mistakes *mistakes, const char *format, ...)
{
    AUTO_FREE char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        message = NULL;
    va_end(arguments);
    AUTO_FREE char *shown = leak_mask(settings, message ? message : "");
    const Setting *blamed = setting;
    while (blamed->blame > 0)
        blamed = &settings->items[blamed->blame - 1];
    if (blamed->layer == LAYER_TOOLS || blamed->layer == LAYER_ENVIRONMENT)
        mistakes_add(mistakes, 0, "%s: %s", blamed->origin, shown);
    else
        mistakes_add(mistakes, blamed->line, "%s: [%s%s%s] %s: %s", blamed->origin,
                     config_section_names[blamed->name.section], blamed->name.dataset ? " " : "",
                     blamed->name.dataset ? blamed->name.dataset : "", blamed->name.name, shown);
}

/* A section that does not exist is one mistake, however many keys it has. */
static bool is_reported(char **reported_section, const char *section)
{
    if (*reported_section && strcmp(*reported_section, section) == 0)
        return true;
    free(*reported_section);
    *reported_section = memory_copy_text(section);
    return false;
}

static void add_entry(Settings *settings, const IniEntry *entry, const char *source, char **reported_section,
                      Mistakes *mistakes)
{
    AUTO_FREE char *origin = source ? memory_format("%s:%u", source, entry->line) : memory_copy_text("built in");
    AUTO_CONFIG_NAME name = {0};
    AUTO_FREE char *reason = NULL;
    bool is_section = false;
    if (!config_name_find(entry->section, entry->name, &name, &is_section, &reason)) {
        AUTO_FREE char *shown = leak_show_name(entry->name);
        if (!is_section)
            mistakes_add(mistakes, entry->line, "%s: [%s] %s: %s", origin, entry->section, shown, reason);
        else if (!is_reported(reported_section, entry->section))
            mistakes_add(mistakes, entry->line, "%s: [%s]: %s", origin,
                         leak_is_likely(entry->section) ? LEAK_MASK : entry->section, reason);
        return;
    }
    AUTO(Setting, setting_done)
    setting = {.layer = source ? LAYER_FILE : LAYER_BUILT_IN,
               .name = name,
               .value = memory_copy_text(entry->value),
               .origin = take(origin),
               .line = entry->line};
    name = (ConfigName){0};
    settings_add(settings, &setting, mistakes);
}

void settings_read_text(Settings *settings, Slice text, const char *source, Mistakes *mistakes)
{
    AUTO(IniReader, config_ini_done) reader;
    config_ini_init(&reader, text);
    AUTO_FREE char *reported_section = NULL;
    for (;;) {
        IniEntry entry;
        const char *mistake = NULL;
        switch (config_ini_next(&reader, &entry, &mistake)) {
        case INI_END:
            return;
        case INI_SECTION:
            break;
        case INI_ENTRY:
            if (settings->count == SETTINGS_MAX) {
                mistakes_add(mistakes, entry.line, "%s:%u: more than %d settings", source ? source : "built in",
                             entry.line, SETTINGS_MAX);
                return;
            }
            add_entry(settings, &entry, source, &reported_section, mistakes);
            break;
        case INI_MISTAKE:
            mistakes_add(mistakes, entry.line, "%s:%u: %s", source ? source : "built in", entry.line, mistake);
            break;
        }
    }
}
