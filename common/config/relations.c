/* SPDX-License-Identifier: Apache-2.0 */
#include "config/relations.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "config/locations.h"
#include "config/table.h"
#include "config/values.h"

#define POSTGRES_NAME_LENGTH_MAX 63

/* The setting in which a person mends a mistake between two keys: the one that was set last. */
static const Setting *find_later(const Settings *settings, Section section, const char *name, const char *other)
{
    const Setting *a = settings_find(settings, section, name), *b = settings_find(settings, section, other);
    if (!a || !b)
        return a ? a : b;
    return b->layer > a->layer ? b : a;
}

/* If the upper value was itself a mistake, high is 0 and nothing is compared. */
static void check_order(const Settings *settings, Mistakes *mistakes, const char *low_name, int64_t low,
                        const char *high_name, int64_t high)
{
    const Setting *setting = find_later(settings, SECTION_FLEET, low_name, high_name);
    if (low > high && high > 0 && setting)
        settings_report(settings, setting, mistakes, "%s %" PRId64 " is more than %s %" PRId64, low_name, low,
                        high_name, high);
}

static void check_topics(const Settings *settings, Mistakes *mistakes, const char *name, const char *topic,
                         const char *other_name, const char *other_topic)
{
    const Setting *setting = find_later(settings, SECTION_KAFKA, name, other_name);
    if (topic && other_topic && strcmp(topic, other_topic) == 0 && setting)
        settings_report(settings, setting, mistakes, "%s and %s are the same topic", name, other_name);
}

static void check_all_topics(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    const struct {
        const char *name, *topic;
    } topics[] = {{"TOPIC_TASKS", config->kafka.topic_tasks},
                  {"TOPIC_REPORTS", config->kafka.topic_reports},
                  {"TOPIC_DEAD_LETTER", config->kafka.topic_dead_letter},
                  {"S3_EVENTS_TOPIC", config->kafka.topic_s3_events}};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        for (size_t k = i + 1; k < sizeof topics / sizeof *topics; k++)
            check_topics(settings, mistakes, topics[i].name, topics[i].topic, topics[k].name, topics[k].topic);
}

static void check_needed(const Settings *settings, Mistakes *mistakes, const char *name, const char *needed)
{
    const Setting *setting = settings_find(settings, SECTION_AWS, name),
                  *other = settings_find(settings, SECTION_AWS, needed);
    if (setting && setting->value[0] && !(other && other->value[0]))
        settings_report(settings, setting, mistakes, "set without the %s that belongs to it, at the same place",
                        needed);
}

static bool is_one_table(const char *table, const char *other)
{
    AUTO_FREE char *spelled = config_table_spell(table);
    AUTO_FREE char *other_spelled = config_table_spell(other);
    return strcmp(spelled, other_spelled) == 0;
}

/* Rows are made visible by dataset. If two datasets shared a table, each would leave the other's superseded rows in it.
 * The default schema is known to a session only, so connection_open looks again. */
static void check_tables(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        for (size_t k = 0; k < i; k++) {
            const Dataset *dataset = &config->datasets[i], *other = &config->datasets[k];
            const Setting *setting = settings_find_of_dataset(settings, dataset->name, "TABLE");
            if (setting && dataset->table && other->table && is_one_table(dataset->table, other->table))
                settings_report(settings, setting, mistakes, "'%s' is the table of the dataset %s too", dataset->table,
                                other->name);
        }
    }
}

/* Redshift takes a quoted name for lower case too, and we ask its catalog by the plain name. */
static void check_quoted_tables(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        const Setting *setting = settings_find_of_dataset(settings, dataset->name, "TABLE");
        if (setting && dataset->table && strchr(dataset->table, '"'))
            settings_report(settings, setting, mistakes, "'%s' is quoted: on redshift write name or schema.name",
                            dataset->table);
    }
}

/* COPY ignores fields that no column asks for, and can do nothing else with them. */
static void check_on_unknown(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        const Setting *setting = settings_find_of_dataset(settings, dataset->name, "ON_UNKNOWN");
        if (setting && dataset->on_unknown != ON_UNKNOWN_IGNORE)
            settings_report(settings, setting, mistakes, "'%s' is beyond Redshift's COPY, which can only ignore",
                            config_value_word(setting->name.key, dataset->on_unknown));
    }
}

/* Manifests below a dataset's LOCATION would be listed, and loaded. */
static void check_manifest_prefix(const Config *config, const Settings *settings, const Setting *prefix,
                                  Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const char *location = config->datasets[i].location;
        for (Slice url; location && config_locations_next(&location, &url);)
            if (slice_starts_with(slice_from_text(config->warehouse.manifest_prefix), url))
                settings_report(settings, prefix, mistakes,
                                "'%s' is in the LOCATION of dataset %s, which would load it: take another prefix",
                                config->warehouse.manifest_prefix, config->datasets[i].name);
    }
}

/* PostgreSQL cuts a longer name without a word. */
static void check_long_tables(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        const Setting *setting = settings_find_of_dataset(settings, dataset->name, "TABLE");
        if (setting && dataset->table && !config_table_fits(dataset->table, POSTGRES_NAME_LENGTH_MAX))
            settings_report(settings, setting, mistakes, "'%s' has a name of more than %d bytes, PostgreSQL's limit",
                            dataset->table, POSTGRES_NAME_LENGTH_MAX);
    }
}

static void check_redshift(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    const Setting *warehouse = settings_find(settings, SECTION_CLUSTER, "WAREHOUSE");
    const Setting *prefix = settings_find(settings, SECTION_CLUSTER, "MANIFEST_PREFIX");
    if (config->warehouse.manifest_prefix && !*config->warehouse.manifest_prefix)
        settings_report(settings, warehouse, mistakes,
                        "redshift is told by manifests what to load: set [S3] MANIFEST_PREFIX = s3://bucket/prefix");
    if (prefix && config->warehouse.manifest_prefix && strpbrk(config->warehouse.manifest_prefix, " \t"))
        settings_report(settings, prefix, mistakes, "'%s' is more than one prefix", config->warehouse.manifest_prefix);
    if (prefix && config->warehouse.manifest_prefix && *config->warehouse.manifest_prefix)
        check_manifest_prefix(config, settings, prefix, mistakes);
    check_quoted_tables(config, settings, mistakes);
    check_on_unknown(config, settings, mistakes);
}

void config_relations_check(const Config *config, const Settings *settings, Mistakes *mistakes)
{
    check_order(settings, mistakes, "BACKOFF_BASE_MS", config->fleet.backoff.base_ms, "BACKOFF_WAIT_MS_MAX",
                config->fleet.backoff.wait_ms_max);
    check_order(settings, mistakes, "DISPATCH_REPEAT_MS", config->fleet.dispatch_repeat.ms, "DISPATCH_REPEAT_MS_MAX",
                config->fleet.dispatch_repeat_max.ms);
    check_all_topics(config, settings, mistakes);
    check_tables(config, settings, mistakes);
    if (config->warehouse.kind == WAREHOUSE_REDSHIFT)
        check_redshift(config, settings, mistakes);
    else
        check_long_tables(config, settings, mistakes);
    check_needed(settings, mistakes, "KEY", "SECRET");
    check_needed(settings, mistakes, "SECRET", "KEY");
    check_needed(settings, mistakes, "SESSION_TOKEN", "KEY");
    const Setting *replicas = settings_find(settings, SECTION_KAFKA, "REPLICATION_FACTOR");
    if (replicas && strcmp(replicas->value, "0") == 0)
        settings_report(settings, replicas, mistakes, "'%s' is neither -1 nor 1 or more", replicas->value);
}
