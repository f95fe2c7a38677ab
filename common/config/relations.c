/* SPDX-License-Identifier: Apache-2.0 */
#include "config/relations.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "config/locations.h"

/* Where a mistake between two keys is to be mended: in the one that was set last. */
static const Setting *find_later(const Settings *settings, const char *section, const char *name, const char *other)
{
    const Setting *a = settings_find(settings, section, name), *b = settings_find(settings, section, other);
    if (!a || !b)
        return a ? a : b;
    return b->layer > a->layer ? b : a;
}

/* high is 0 where its own value was a mistake. */
static void check_order(const Settings *settings, Mistakes *mistakes, const char *low_name, int64_t low,
                        const char *high_name, int64_t high)
{
    const Setting *setting = find_later(settings, "FLEET", low_name, high_name);
    if (low > high && high > 0 && setting)
        settings_report(settings, setting, mistakes, "%s %" PRId64 " is more than %s %" PRId64, low_name, low,
                        high_name, high);
}

static void check_topics(const Settings *settings, Mistakes *mistakes, const char *name, const char *topic,
                         const char *other_name, const char *other_topic)
{
    const Setting *setting = find_later(settings, "KAFKA", name, other_name);
    if (topic && other_topic && strcmp(topic, other_topic) == 0 && setting)
        settings_report(settings, setting, mistakes, "%s and %s are the same topic", name, other_name);
}

static void check_all_topics(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    const struct {
        const char *name, *topic;
    } topics[] = {{"TOPIC_TASKS", config->topic_tasks},
                  {"TOPIC_REPORTS", config->topic_reports},
                  {"TOPIC_DEAD_LETTER", config->topic_dead_letter},
                  {"S3_EVENTS_TOPIC", config->topic_s3_events}};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        for (size_t k = i + 1; k < sizeof topics / sizeof *topics; k++)
            check_topics(settings, mistakes, topics[i].name, topics[i].topic, topics[k].name, topics[k].topic);
}

static void check_needed(const Settings *settings, Mistakes *mistakes, const char *name, const char *needed)
{
    const Setting *setting = settings_find(settings, "AWS", name), *other = settings_find(settings, "AWS", needed);
    if (setting && setting->value[0] && !(other && other->value[0]))
        settings_report(settings, setting, mistakes, "set without the %s that belongs to it, at the same place",
                        needed);
}

/* Which rows are visible is told by dataset: of two that share a table each would leave the other's superseded rows. */
static void check_tables(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        for (size_t k = 0; k < i; k++) {
            const Dataset *dataset = &config->datasets[i], *other = &config->datasets[k];
            AUTO_FREE char *section = memory_format("dataset %s", dataset->name);
            const Setting *setting = settings_find(settings, section, "TABLE");
            if (setting && dataset->table && other->table && strcmp(dataset->table, other->table) == 0)
                settings_report(settings, setting, mistakes, "'%s' is the table of the dataset %s too", dataset->table,
                                other->name);
        }
    }
}

/* Redshift takes what is quoted for lower case too, and its catalog is asked by the plain name. */
static void check_quoted_tables(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        AUTO_FREE char *section = memory_format("dataset %s", dataset->name);
        const Setting *setting = settings_find(settings, section, "TABLE");
        if (setting && dataset->table && strchr(dataset->table, '"'))
            settings_report(settings, setting, mistakes, "'%s' is quoted: on redshift write name or schema.name",
                            dataset->table);
    }
}

/* COPY leaves out what no column asks for, and knows nothing else. */
static void check_on_unknown(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        AUTO_FREE char *section = memory_format("dataset %s", dataset->name);
        const Setting *setting = settings_find(settings, section, "ON_UNKNOWN");
        if (setting && dataset->on_unknown && strcmp(dataset->on_unknown, "ignore") != 0)
            settings_report(settings, setting, mistakes, "'%s' is beyond Redshift's COPY, which can only ignore",
                            dataset->on_unknown);
    }
}

/* What a dataset's LOCATION covers is listed, and loaded. */
static void check_manifest_prefix(const Config *config, const Settings *settings, const Setting *prefix,
                                  Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const char *location = config->datasets[i].location;
        for (Slice url; location && config_locations_next(&location, &url);)
            if (slice_starts_with(slice_from_text(config->manifest_prefix), url))
                settings_report(settings, prefix, mistakes,
                                "'%s' is in the LOCATION of dataset %s, which would load it: take another prefix",
                                config->manifest_prefix, config->datasets[i].name);
    }
}

static void check_redshift(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    const Setting *warehouse = settings_find(settings, "CLUSTER", "WAREHOUSE");
    const Setting *prefix = settings_find(settings, "CLUSTER", "MANIFEST_PREFIX");
    if (!warehouse || !config->warehouse || strcmp(config->warehouse, "redshift") != 0)
        return;
    if (config->manifest_prefix && !*config->manifest_prefix)
        settings_report(settings, warehouse, mistakes,
                        "redshift is told by manifests what to load: set [S3] MANIFEST_PREFIX = s3://bucket/prefix");
    if (prefix && config->manifest_prefix && strpbrk(config->manifest_prefix, " \t"))
        settings_report(settings, prefix, mistakes, "'%s' is more than one prefix", config->manifest_prefix);
    if (prefix && config->manifest_prefix && *config->manifest_prefix)
        check_manifest_prefix(config, settings, prefix, mistakes);
    check_quoted_tables(config, settings, mistakes);
    check_on_unknown(config, settings, mistakes);
}

void config_relations_check(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    check_order(settings, mistakes, "BACKOFF_BASE_MS", config->backoff_base_ms, "BACKOFF_WAIT_MS_MAX",
                config->backoff_wait_ms_max);
    check_order(settings, mistakes, "DISPATCH_REPEAT_MS", config->dispatch_repeat_ms, "DISPATCH_REPEAT_MS_MAX",
                config->dispatch_repeat_ms_max);
    check_all_topics(config, settings, mistakes);
    check_tables(config, settings, mistakes);
    check_redshift(config, settings, mistakes);
    check_needed(settings, mistakes, "KEY", "SECRET");
    check_needed(settings, mistakes, "SECRET", "KEY");
    check_needed(settings, mistakes, "SESSION_TOKEN", "KEY");
    const Setting *replicas = settings_find(settings, "KAFKA", "REPLICATION_FACTOR");
    if (replicas && strcmp(replicas->value, "0") == 0)
        settings_report(settings, replicas, mistakes, "'%s' is neither -1 nor 1 or more", replicas->value);
}
