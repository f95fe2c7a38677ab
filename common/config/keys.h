/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of all configuration keys. A new key is a row here and a field in config.h; its check, the environment
 * variable COPYFLEET_SECTION_KEY, --print-config and the reference follow from the row. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Integers, bytes and booleans are int64_t, int64_t and bool fields; all others are char *. */
typedef enum KeyType {
    KEY_TEXT,
    KEY_INTEGER,
    KEY_BYTES, /* with KiB, MiB, GiB */
    KEY_BOOLEAN,
    KEY_CHOICE,
    KEY_URL,     /* http:// or https:// */
    KEY_PORTS,   /* one, or several separated by commas as libpq takes them */
    KEY_SERVERS, /* host:port, separated by commas */
    KEY_TOPIC,
    KEY_LOCATIONS, /* s3:// URLs separated by blanks */
    KEY_TABLE,
    KEY_PATTERN,
    KEY_JSON,
} KeyType;

#define KEY_SECTION_DATASET "dataset"

typedef struct Key {
    const char *section; /* KEY_SECTION_DATASET for all [dataset NAME] */
    const char *name;
    KeyType type;
    size_t offset;        /* of the field in Config or Dataset */
    const char *fallback; /* the value where none is set, or an empty one; NULL: "" */
    const char *choices;  /* of KEY_CHOICE, separated by | */
    int64_t minimum, maximum;
    bool is_secret;             /* taken literally, never printed */
    const char *environment[2]; /* other programs' variables that count too, the first that is set and not empty */
    const char *help;           /* one line of Markdown */
} Key;

extern const Key config_keys[];
extern const size_t config_key_count;
