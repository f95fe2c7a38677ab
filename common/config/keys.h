/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of all configuration keys. A new key is a row in keys.c and a field in its section's header (aws.h,
 * dwh.h, fleet.h, kafka.h or warehouse.h). Its check, the environment variable COPYFLEET_SECTION_KEY, --print-config
 * and the reference follow from the row. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Integers and bytes are int64_t fields, booleans bool, seconds and milliseconds Duration, a choice is an enum; all
 * others are char *. */
typedef enum KeyType {
    KEY_TEXT,
    KEY_INTEGER,
    KEY_SECONDS,      /* an integer that counts seconds */
    KEY_MILLISECONDS, /* an integer that counts milliseconds */
    KEY_BYTES,        /* with KiB, MiB, GiB */
    KEY_BOOLEAN,
    KEY_CHOICE,  /* one of choices, stored as its enum */
    KEY_WORD,    /* one of choices, stored as it is spelled there */
    KEY_URL,     /* http:// or https:// */
    KEY_PORTS,   /* one, or several separated by commas as libpq takes them */
    KEY_SERVERS, /* host:port, separated by commas */
    KEY_TOPIC,
    KEY_LOCATIONS, /* s3:// URLs separated by blanks */
    KEY_TABLE,
    KEY_PATTERN,
    KEY_JSON,
} KeyType;

/* A section of the file. S3 has no keys of ours, and DATASET stands for all [dataset NAME]. */
typedef enum Section {
    SECTION_S3,
    SECTION_AWS,
    SECTION_CLUSTER,
    SECTION_IAM_ROLE,
    SECTION_DWH,
    SECTION_KAFKA,
    SECTION_FLEET,
    SECTION_DATASET,
    SECTIONS,
} Section;

extern const char *const config_section_names[SECTIONS];

#define KEY_CHOICES_MAX 6

typedef struct Key {
    Section section;
    const char *name;
    KeyType type;
    size_t offset;                            /* of the field in Config or Dataset */
    const char *fallback;                     /* the value if none is set, or an empty one; NULL: "" */
    const char *choices[KEY_CHOICES_MAX + 1]; /* words, the last NULL. The enum's values follow this order from 0.
                                                 Without a fallback they begin at 1, and 0 says that none is chosen */
    int64_t minimum, maximum;
    bool is_secret;             /* taken literally, never printed */
    const char *environment[2]; /* other programs' variables that count too, the first that is set and not empty */
    const char *help;           /* one line of Markdown */
} Key;

extern const Key config_keys[];
extern const size_t config_key_count;
