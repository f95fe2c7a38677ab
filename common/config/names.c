/* SPDX-License-Identifier: Apache-2.0 */
#include "config/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "config/nearest.h"

#define VARIABLE "COPYFLEET_"
#define VARIABLE_DATASET VARIABLE "DATASET_"
#define VARIABLE_S3 VARIABLE "S3_"
#define VARIABLE_LIBRDKAFKA VARIABLE "KAFKA_LIBRDKAFKA_"

/* A dataset's name is part of the ledger and of messages; nobody needs a longer one. */
#define DATASET_NAME_LENGTH_MAX 63

void config_name_done(ConfigName *name)
{
    free(name->dataset);
    free(name->name);
    *name = (ConfigName){0};
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_dataset_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return islower((unsigned char)name[0]) && name[length] == '\0' && length <= DATASET_NAME_LENGTH_MAX;
}

/* The NAME of "dataset NAME"; NULL if it is another section. */
static const char *find_dataset_name(const char *section)
{
    const char *word = config_section_names[SECTION_DATASET];
    size_t length = strlen(word), blanks = starts_with(section, word) ? strspn(section + length, " \t") : 0;
    return blanks > 0 ? section + length + blanks : NULL;
}

/* False if the text names no section. A dataset's has its name too, so "dataset" alone is none. */
static bool find_section(const char *text, Section *out_section)
{
    for (Section section = 0; section < SECTION_DATASET; section++) {
        if (strcasecmp(text, config_section_names[section]) == 0) {
            *out_section = section;
            return true;
        }
    }
    return false;
}

static const Key *find_key(Section section, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section == section && strcasecmp(name, config_keys[i].name) == 0)
            return &config_keys[i];
    return NULL;
}

static char *explain(const char *what, const char *before, const Nearest *nearest, const char *after)
{
    if (nearest->name[0] == '\0')
        return memory_copy_text(what);
    return memory_format("%s; did you mean %s%s%s?", what, before, nearest->name, after);
}

static char *explain_section(const char *section)
{
    Nearest nearest;
    nearest_init(&nearest, section);
    for (Section each = 0; each < SECTIONS; each++)
        nearest_offer(&nearest, config_section_names[each]);
    if (strcmp(nearest.name, config_section_names[SECTION_DATASET]) == 0)
        return memory_copy_text("no such section; a dataset's is written [dataset NAME]");
    return explain("no such section", "[", &nearest, "]");
}

static char *explain_key(Section section, const char *name)
{
    Nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section == section)
            nearest_offer(&nearest, config_keys[i].name);
    return explain("no such key", "", &nearest, "");
}

static char *copy_upper(const char *text)
{
    char *copy = memory_copy_text(text);
    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

/* dataset: the NAME of [dataset NAME]; NULL: of another section. */
static bool find_in_section(Section section, const char *dataset, const char *name, ConfigName *out_name,
                            char **out_reason)
{
    const Key *key = find_key(section, name);
    char *canonical = NULL;
    if (key)
        canonical = memory_copy_text(key->name);
    else if (section == SECTION_S3)
        canonical = copy_upper(name);
    else if (section == SECTION_KAFKA && starts_with(name, NAME_LIBRDKAFKA) && name[strlen(NAME_LIBRDKAFKA)])
        canonical = memory_format(NAME_LIBRDKAFKA "%s", name + strlen(NAME_LIBRDKAFKA));
    if (!canonical) {
        *out_reason = explain_key(section, name);
        return false;
    }
    *out_name = (ConfigName){section, dataset ? memory_copy_text(dataset) : NULL, canonical, key};
    return true;
}

bool config_name_find(const char *section, const char *name, ConfigName *out_name, bool *out_is_section,
                      char **out_reason)
{
    *out_is_section = false;
    const char *dataset = find_dataset_name(section);
    if (dataset && is_dataset_name(dataset))
        return find_in_section(SECTION_DATASET, dataset, name, out_name, out_reason);
    Section found;
    if (!dataset && find_section(section, &found))
        return find_in_section(found, NULL, name, out_name, out_reason);
    *out_is_section = true;
    *out_reason = dataset ? memory_format("a dataset's name is a letter a-z, then at most %d of a-z, 0-9 and _",
                                          DATASET_NAME_LENGTH_MAX - 1)
                          : explain_section(section);
    return false;
}

/* "COPYFLEET_SECTION_KEY" for a key that is not a dataset's; to be freed by the caller. */
static char *format_variable(const Key *key)
{
    return memory_format(VARIABLE "%s_%s", config_section_names[key->section], key->name);
}

/* COPYFLEET_DATASET_EVENTS_MAX_ERRORS: no key of a dataset ends as "_" and another, so that the end is clear. */
static bool find_dataset_variable(const char *variable, ConfigName *out_name)
{
    const char *rest = variable + strlen(VARIABLE_DATASET);
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        size_t length = strlen(rest), tail = strlen(key->name) + 1;
        if (key->section != SECTION_DATASET || length <= tail || rest[length - tail] != '_' ||
            strcmp(rest + length - tail + 1, key->name) != 0)
            continue;
        AUTO_FREE char *dataset = memory_copy_slice((Slice){rest, length - tail});
        for (char *c = dataset; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (!is_dataset_name(dataset))
            return false;
        *out_name = (ConfigName){SECTION_DATASET, take(dataset), memory_copy_text(key->name), key};
        return true;
    }
    return false;
}

/* SASL_MECHANISM is sasl.mechanism; __ is an underscore that belongs to the name, as in SSL__KEY. */
static char *format_option(const char *variable)
{
    const char *from = variable + strlen(VARIABLE_LIBRDKAFKA);
    char *option = memory_format(NAME_LIBRDKAFKA "%s", from), *to = option + strlen(NAME_LIBRDKAFKA);
    for (; *from; from++) {
        bool is_doubled = from[0] == '_' && from[1] == '_';
        *to++ = (char)(is_doubled ? '_' : *from == '_' ? '.' : tolower((unsigned char)*from));
        from += is_doubled;
    }
    *to = '\0';
    return option;
}

static char *explain_variable(const char *variable)
{
    Nearest nearest;
    nearest_init(&nearest, variable);
    for (size_t i = 0; i < config_key_count; i++) {
        AUTO_FREE char *candidate = format_variable(&config_keys[i]);
        if (config_keys[i].section != SECTION_DATASET)
            nearest_offer(&nearest, candidate);
    }
    return explain("no configuration key is called so", "", &nearest, "");
}

bool config_name_find_variable(const char *variable, ConfigName *out_name, char **out_reason)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        AUTO_FREE char *candidate = format_variable(key);
        if (strcmp(variable, candidate) == 0) {
            *out_name = (ConfigName){key->section, NULL, memory_copy_text(key->name), key};
            return true;
        }
    }
    if (slice_starts_with(slice_from_text(variable), SLICE(VARIABLE_DATASET)) &&
        find_dataset_variable(variable, out_name))
        return true;
    if (slice_starts_with(slice_from_text(variable), SLICE(VARIABLE_S3)) && variable[strlen(VARIABLE_S3)]) {
        *out_name = (ConfigName){SECTION_S3, NULL, copy_upper(variable + strlen(VARIABLE_S3)), NULL};
        return true;
    }
    if (slice_starts_with(slice_from_text(variable), SLICE(VARIABLE_LIBRDKAFKA)) &&
        variable[strlen(VARIABLE_LIBRDKAFKA)]) {
        *out_name = (ConfigName){SECTION_KAFKA, NULL, format_option(variable), NULL};
        return true;
    }
    *out_reason = explain_variable(variable);
    return false;
}

/* Whether an option of librdkafka holds a secret. Misspelt names count, since only Kafka's client refuses them, later.
 */
static bool is_secret_option(const char *name)
{
    static const char *const marks[] = {"pass", "secret", "key", "token", "jaas", "oauthbearer.config"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcasestr(name, marks[i]))
            return true;
    return false;
}

bool config_name_is_secret(const ConfigName *name)
{
    return name->key ? name->key->is_secret : name->section == SECTION_KAFKA && is_secret_option(name->name);
}

static bool is_among(const char *name, const char *const *names, size_t count, bool as_beginning)
{
    for (size_t i = 0; i < count; i++)
        if (as_beginning ? starts_with(name, names[i]) : strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The options of librdkafka that people set and that anybody may see. */
static bool is_harmless_option(const char *name)
{
    static const char *const names[] = {"acks",
                                        "client.id",
                                        "client.rack",
                                        "compression.codec",
                                        "compression.level",
                                        "compression.type",
                                        "debug",
                                        "enable.idempotence",
                                        "enable.ssl.certificate.verification",
                                        "group.instance.id",
                                        "heartbeat.interval.ms",
                                        "isolation.level",
                                        "linger.ms",
                                        "log_level",
                                        "max.in.flight.requests.per.connection",
                                        "max.poll.interval.ms",
                                        "partition.assignment.strategy",
                                        "request.timeout.ms",
                                        "retries",
                                        "sasl.kerberos.principal",
                                        "sasl.kerberos.service.name",
                                        "sasl.mechanism",
                                        "sasl.mechanisms",
                                        "sasl.oauthbearer.method",
                                        "sasl.username",
                                        "security.protocol",
                                        "session.timeout.ms",
                                        "ssl.ca.location",
                                        "ssl.certificate.location",
                                        "ssl.cipher.suites",
                                        "ssl.crl.location",
                                        "ssl.endpoint.identification.algorithm",
                                        "statistics.interval.ms"};
    static const char *const beginnings[] = {
        "api.version.", "batch.",  "broker.",    "connections.", "fetch.",  "message.",       "metadata.",
        "queue.",       "queued.", "reconnect.", "retry.",       "socket.", "topic.metadata."};
    return is_among(name, names, sizeof names / sizeof *names, false) ||
           is_among(name, beginnings, sizeof beginnings / sizeof *beginnings, true);
}

bool config_name_is_harmless(const ConfigName *name)
{
    if (name->key || name->section != SECTION_KAFKA)
        return !config_name_is_secret(name);
    return is_harmless_option(name->name + strlen(NAME_LIBRDKAFKA));
}
