/* SPDX-License-Identifier: Apache-2.0
 *
 * What the configuration asks copyfleet cluster for, with its defaults, and those of Redshift's rules that can be
 * checked before anything is made. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"

typedef struct ClusterWant {
    char *identifier; /* in lower case */
    char *owner; /* CLUSTER_TAG's value for all of it: roles have no region, and the kinds may share an identifier */
    char *role_name;
    char *group_name;
    const char *database; /* the configuration's texts */
    const char *user;
    const char *password;
    int64_t port;
    int64_t nodes;
    bool is_multi_node;
    bool is_serverless;
} ClusterWant;

#define AUTO_CLUSTER_WANT AUTO(ClusterWant, cluster_want_done)

/* is_serverless: --serverless asks for it; the configuration may, too. region: where the cluster is to be. REFUSED if
 * the configuration asks for what cannot be. */
bool cluster_want_read(const Config *config, const char *region, bool is_serverless, ClusterWant *out_want,
                       Error *error) MUST_USE;
void cluster_want_done(ClusterWant *want);

/* Redshift's rule: 8 to 64 printable characters, a capital, a small letter and a digit among them, none of ' " \ / @
 * and no blank. The sentence does not quote it. */
bool cluster_want_check_password(const char *password, Error *error) MUST_USE;
