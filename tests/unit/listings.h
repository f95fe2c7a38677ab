/* SPDX-License-Identifier: Apache-2.0
 *
 * One listing of a server of keys (tests/keys), and what it gave, for the tests of listings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key_server.h"
#include "s3/s3.h"

/* Of a page that fails. */
#define LISTING_TRIES 10

typedef struct Listing {
    const char *prefix;
    const char *start_after;
    int64_t connections;
    bool is_plain;
    int64_t calls_max;
    S3MeanwhileFunction *meanwhile;
    void *context;
    bool is_listed;
    Error error;
    bool is_refused; /* the credentials count as refused */
    int64_t given;   /* with doubles, since the last beginning */
    size_t missing;  /* keys of the prefix after start_after */
} Listing;

/* Of the server, while one listing came from it. */
typedef struct Counts {
    int64_t requests;
    int64_t names;
    int64_t beginnings;
    int64_t under_way_max;
} Counts;

/* Of all keys below data/. */
Listing listing_make(int64_t connections);

/* Starts the server, lists, and stops the server. */
Counts listing_serve(const KeySet *set, KeyFault fault, size_t page_keys, Listing *listing);

/* Fails the test if the listing failed or misses keys, or if the credentials count as refused. */
void listing_check(const char *what, KeyFault fault, const KeySet *set, const Listing *listing);
