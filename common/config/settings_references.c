/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "config/nearest.h"
#include "config/settings.h"

/* References within references: nobody needs more, and a chain of thousands would need a deep stack. */
#define DEPTH_MAX 16

/* References double a value with every step; 64 KiB is far beyond any list of prefixes. */
#define VALUE_BYTES_MAX (64 * KIB)

typedef struct Resolver {
    Settings *settings;
    Mistakes *mistakes;
    char **unset; /* names of [S3] that values refer to and that nothing sets */
    size_t unset_count, unset_capacity;
} Resolver;

static void resolve(Resolver *resolver, size_t index, unsigned depth);

static void report(const Resolver *resolver, size_t index, const char *what, const char *reference)
{
    settings_report(resolver->settings, &resolver->settings->items[index], resolver->mistakes, "%s ${%s}", what,
                    reference);
}

/* What a reference gives if nothing sets its target. A key gives its default. A name of [S3] is a mistake, unless the
 * value that refers to it is built in: then it is empty, and a dataset without location is left out. */
static const char *find_unset(Resolver *resolver, size_t index, const ConfigName *name, const char *reference)
{
    if (name->key)
        return name->key->fallback ? name->key->fallback : "";
    if (name->section == SECTION_S3) {
        resolver->unset =
            memory_grow(resolver->unset, resolver->unset_count, &resolver->unset_capacity, sizeof(char *));
        resolver->unset[resolver->unset_count++] = memory_copy_text(name->name);
    }
    if (resolver->settings->items[index].layer != LAYER_BUILT_IN)
        report(resolver, index, "nothing sets", reference);
    return "";
}

static const char *look_up(Resolver *resolver, size_t index, const char *reference, bool is_whole, unsigned depth)
{
    Setting *setting = &resolver->settings->items[index];
    const char *dot = strchr(reference, '.');
    AUTO_FREE char *section = memory_copy_slice((Slice){reference, dot ? (size_t)(dot - reference) : 0});
    AUTO_CONFIG_NAME name = {0};
    AUTO_FREE char *reason = NULL;
    bool is_section = false;
    if (!dot || !config_name_find(section, dot + 1, &name, &is_section, &reason)) {
        report(resolver, index, "there is no", reference);
        return "";
    }
    if (config_name_is_secret(&name)) {
        report(resolver, index, "only its own key may hold the secret", reference);
        return "";
    }
    Setting *target = name.dataset ? settings_find_of_dataset(resolver->settings, name.dataset, name.name)
                                   : settings_find(resolver->settings, name.section, name.name);
    if (!target)
        return find_unset(resolver, index, &name, reference);
    target->is_referred_to = true;
    if (target->is_resolving || (!target->is_resolved && depth == DEPTH_MAX)) {
        report(resolver, index, target->is_resolving ? "refers to itself through" : "too many steps through",
               reference);
        return "";
    }
    size_t target_index = (size_t)(target - resolver->settings->items);
    resolve(resolver, target_index, depth + 1);
    if (is_whole)
        setting->blame = target_index + 1;
    return target->value;
}

/* Appends what stands before the next reference, and the value of the reference if there is one. */
static bool append_step(Resolver *resolver, size_t index, const char **text, Buffer *value, unsigned depth)
{
    const char *open = strstr(*text, "${");
    if (!open) {
        const char *rest = *text;
        *text += strlen(rest);
        return buffer_append_text(value, rest);
    }
    if (open > *text && open[-1] == '$') {
        Slice literal = {*text, (size_t)(open - 1 - *text)};
        *text = open + 2;
        return buffer_append(value, literal) && buffer_append_text(value, "${");
    }
    Slice literal = {*text, (size_t)(open - *text)};
    const char *close = strchr(open, '}');
    AUTO_FREE char *reference = memory_copy_slice((Slice){open + 2, close ? (size_t)(close - open - 2) : 0});
    if (!close) {
        settings_report(resolver->settings, &resolver->settings->items[index], resolver->mistakes,
                        "${ without }; a literal ${ is written $${");
        *text += strlen(*text);
        return true;
    }
    bool is_whole = open == resolver->settings->items[index].value && close[1] == '\0';
    *text = close + 1;
    return buffer_append(value, literal) &&
           buffer_append_text(value, look_up(resolver, index, reference, is_whole, depth));
}

static void resolve(Resolver *resolver, size_t index, unsigned depth)
{
    Setting *setting = &resolver->settings->items[index];
    if (setting->is_resolved)
        return;
    setting->is_resolved = true;
    if (setting->layer == LAYER_TOOLS || config_name_is_secret(&setting->name))
        return;
    setting->is_resolving = true;
    AUTO_BUFFER value;
    buffer_init(&value, VALUE_BYTES_MAX);
    const char *text = setting->value;
    bool fits = true;
    while (fits && *text)
        fits = append_step(resolver, index, &text, &value, depth);
    if (!fits)
        settings_report(resolver->settings, setting, resolver->mistakes, "is longer than %zu bytes", VALUE_BYTES_MAX);
    free(setting->value);
    setting->value = memory_copy_slice(buffer_slice(&value));
    setting->is_resolving = false;
}

static void report_unreferred(const Resolver *resolver, const Setting *setting)
{
    Nearest nearest;
    nearest_init(&nearest, setting->name.name);
    for (size_t i = 0; i < resolver->unset_count; i++)
        nearest_offer(&nearest, resolver->unset[i]);
    AUTO_FREE char *question =
        nearest.name[0] ? memory_format("; did you mean %s?", nearest.name) : memory_copy_text("");
    Setting own = *setting;
    own.blame = 0;
    settings_report(resolver->settings, &own, resolver->mistakes, "no value refers to ${S3.%s}%s", setting->name.name,
                    question);
}

/* [S3] exists to be referred to, so a name in it that nothing refers to is a typing error. */
static void check_referred(const Resolver *resolver)
{
    for (size_t i = 0; i < resolver->settings->count; i++) {
        const Setting *setting = &resolver->settings->items[i];
        if (setting->name.section == SECTION_S3 && !setting->is_referred_to &&
            settings_find(resolver->settings, SECTION_S3, setting->name.name) == setting)
            report_unreferred(resolver, setting);
    }
}

void settings_resolve(Settings *settings, Mistakes *mistakes)
{
    Resolver resolver = {.settings = settings, .mistakes = mistakes};
    for (size_t i = 0; i < settings->count; i++)
        resolve(&resolver, i, 0);
    check_referred(&resolver);
    for (size_t i = 0; i < resolver.unset_count; i++)
        free(resolver.unset[i]);
    free(resolver.unset);
}
