/* SPDX-License-Identifier: Apache-2.0
 *
 * A server that answers S3's ListObjectsV2 over a set of keys, as slowly and as oddly as it is told: for the test of
 * listings and for their benchmark. It runs in a process of its own, with a thread for each connection. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "key_set.h"

typedef enum KeyFault {
    KEY_FAULT_NONE,
    KEY_FAULT_NO_DELIMITER,   /* takes no notice of it */
    KEY_FAULT_NO_START_AFTER, /* likewise */
    KEY_FAULT_BACKWARDS,      /* sorts by bytes, the greatest first */
    KEY_FAULT_SKIPS_FOLDER,   /* start-after=a skips a/ too */
    KEY_FAULT_WALKS,          /* sorts '/' before all other characters */
    KEY_FAULT_WALKS_BY_BYTES, /* likewise, but start-after compares bytes */
    KEY_FAULT_WALKS_NAMELESS, /* likewise, and takes no notice of a delimiter */
    KEY_FAULT_UTF16,          /* sorts UTF-16 */
    KEY_FAULT_CASELESS,       /* takes A and a for the same letter when it sorts, and in start-after */
    KEY_FAULT_BY_TIME,        /* sorts by time, and the first keys by name were written last; start-after that is no
                                 key is the beginning */
    KEY_FAULT_KNOWN_MARKERS,  /* after a start-after that is no key comes nothing */
    KEY_FAULT_FAR_MARKERS,    /* after a start-after that is no key comes what is far beyond it */
    KEY_FAULT_STRAYS,         /* each page of a part begins with the bucket's first key */
    KEY_FAULT_OUTSIDE,        /* each page of a part ends with a key outside of the prefix */
    KEY_FAULT_DENIES_PARTS,   /* 403, but for the whole listing */
    KEY_FAULT_DENIES_NAMES,   /* 403 if a delimiter is asked for */
    KEY_FAULT_BREAKS_NAMES,   /* 500 likewise */
    KEY_FAULT_ODD_NAMES,      /* folders without their '/' */
    KEY_FAULT_EMPTY_NAMES,    /* pages of names have none */
    KEY_FAULT_RAW_NAMES,      /* folders as they are, though the answer says that they are encoded */
    KEY_FAULT_TWICE_NAMES,    /* each folder twice */
    KEY_FAULT_BUSY,           /* 503 for every third request */
    KEY_FAULT_EMPTY_PAGES,    /* every second page has a token and no key */
    KEY_FAULT_NO_TOKEN,       /* a page of a part that goes on does not say how */
    KEY_FAULT_SAME_TOKEN,     /* a part never gets beyond its first page */
    KEY_FAULTS_OVERCOME,      /* the number of those above, which a listing gets over */
    KEY_FAULT_LONG_PARTS,     /* a page of a part has 12 MiB */
    KEY_FAULT_HIDES_FOLDER,   /* pages of names lack the last folder, and do not say so */
    KEY_FAULT_DENIES_ALL,     /* 403 */
    KEY_FAULT_GOES_AWAY,      /* 503 for every request after the first 20 */
} KeyFault;

typedef struct KeyCounts {
    _Atomic int64_t requests;
    _Atomic int64_t names;      /* those with a delimiter */
    _Atomic int64_t beginnings; /* those of the whole listing's first page */
    _Atomic int64_t under_way;
    _Atomic int64_t under_way_max;
} KeyCounts;

typedef struct KeyServer {
    const KeySet *set;
    const char *prefix; /* of the whole listing; what asks for another prefix, or for start-after, is a part */
    size_t page_keys;
    long latency_ms;
    KeyFault fault;
    pid_t process;
    int port;
    KeyCounts *counts; /* shared with the process */
} KeyServer;

/* Starts the process and waits until it listens. Ends this process if that fails. */
void key_server_start(KeyServer *server);
void key_server_stop(KeyServer *server);
