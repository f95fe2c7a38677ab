/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may reach the cluster: a security group of its own in its VPC, and the group's rules. It is no failure if a thing
 * is there already, or is gone already. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/api.h"

/* A group may have 60 by default. */
#define EC2_RULES_MAX 256

/* The description of rules that are ours. */
#define EC2_RULE_DESCRIPTION "copyfleet"

typedef struct Ec2Rule {
    char source[64];      /* a CIDR; or a group's, or a list's of prefixes, id */
    char description[64]; /* cut */
    char protocol[16];    /* tcp; -1: all */
    int64_t from_port;    /* -1: all */
    int64_t to_port;
    bool is_v6;
} Ec2Rule;

typedef struct Ec2Group {
    bool is_there;
    char id[64];
    char name[256];
    char vpc[64];
    char owner[128]; /* CLUSTER_TAG's value; "": not made by copyfleet */
    Ec2Rule rules[EC2_RULES_MAX];
    size_t rule_count;
} Ec2Group;

/* "" if the account has none in this region. */
bool ec2_find_default_vpc(Api *api, char out_vpc[64], Error *error) MUST_USE;

/* By id, or by the tag with that owner; in the VPC, or in any if vpc is NULL. */
bool ec2_find_group(Api *api, const char *id, Ec2Group *out_group, Error *error) MUST_USE;
bool ec2_find_owned_group(Api *api, const char *owner, const char *vpc, Ec2Group *out_group, Error *error) MUST_USE;

/* In the VPC, tagged with owner. */
bool ec2_create_group(Api *api, const char *name, const char *vpc, const char *owner, Error *error) MUST_USE;

/* True, with *out_is_busy, if something still uses the group. */
bool ec2_delete_group(Api *api, const char *id, bool *out_is_busy, Error *error) MUST_USE;

/* Lets the CIDR reach the port; *out_was_open: it could already. */
bool ec2_open_port(Api *api, const char *group, const char *cidr, int64_t port, bool *out_was_open,
                   Error *error) MUST_USE;
bool ec2_close_port(Api *api, const char *group, const Ec2Rule *rule, Error *error) MUST_USE;

/* Whether the rule lets something reach the port by TCP. Pure. */
bool ec2_rule_covers(const Ec2Rule *rule, int64_t port);
