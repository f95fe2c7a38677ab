/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/want.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define PORT_DEFAULT 5439
#define ROLE_NAME_LENGTH_MAX 64 /* IAM's */
#define PASSWORD_LENGTH_MIN 8
#define PASSWORD_LENGTH_MAX 64

static const char *first_of(const char *text, const char *other, const char *fallback)
{
    return text[0] ? text : other[0] ? other : fallback;
}

/* [CLUSTER] DB_PORT may be several. */
static int64_t choose_port(const Config *config)
{
    char *end;
    int64_t port = strtoll(config->warehouse.port, &end, 10);
    if (config->dwh.port > 0)
        return config->dwh.port;
    return port > 0 && *end == '\0' ? port : PORT_DEFAULT;
}

/* https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html and CreateNamespace's: the narrower. */
static bool is_identifier(const char *text)
{
    size_t length = strlen(text);
    return length >= 3 && length <= 63 && islower((unsigned char)text[0]) && text[length - 1] != '-' &&
           !strstr(text, "--") && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool choose_nodes(const Config *config, ClusterWant *want, Error *error)
{
    ClusterType type = config->dwh.cluster_type;
    int64_t nodes = config->dwh.num_nodes;
    want->is_multi_node = type == CLUSTER_MULTI_NODE || (type == CLUSTER_UNSET && nodes > 1);
    want->nodes = nodes > 0 ? nodes : want->is_multi_node ? 2 : 1;
    if (want->is_multi_node && want->nodes < 2)
        return error_set(error, ERROR_REFUSED,
                         "[DWH] DWH_CLUSTER_TYPE is multi-node, which has at least 2 nodes: set "
                         "DWH_NUM_NODES to 2 or more");
    if (!want->is_multi_node && !want->is_serverless && want->nodes > 1)
        return error_set(error, ERROR_REFUSED,
                         "[DWH] DWH_CLUSTER_TYPE is single-node, but DWH_NUM_NODES is more than "
                         "1: change one of them");
    return true;
}

/* The names and the tag of what is made for it. */
static void choose_names(const Config *config, const char *region, ClusterWant *want)
{
    const char *kind = want->is_serverless ? "serverless" : "cluster";
    AUTO_FREE char *role_name = memory_format("copyfleet-%s-%s", want->identifier, region);
    want->owner = memory_format("%s/%s/%s", region, kind, want->identifier);
    want->group_name = memory_format("copyfleet-%s", want->identifier);
    want->role_name = config->dwh.iam_role_name[0] ? memory_copy_text(config->dwh.iam_role_name)
                                                   : memory_format("%.*s", ROLE_NAME_LENGTH_MAX, role_name);
}

bool cluster_want_read(const Config *config, const char *region, bool is_serverless, ClusterWant *out_want,
                       Error *error)
{
    AUTO_CLUSTER_WANT want = {
        .identifier = memory_copy_text(config->dwh.cluster_identifier),
        .database = first_of(config->dwh.db, config->warehouse.name, "dev"),
        .user = first_of(config->dwh.db_user, config->warehouse.user, "awsuser"),
        .password = first_of(config->dwh.db_password, config->warehouse.password, ""),
        .port = choose_port(config),
        .is_serverless = is_serverless || config->dwh.cluster_type == CLUSTER_SERVERLESS,
    };
    for (char *c = want.identifier; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!is_identifier(want.identifier))
        return error_set(error, ERROR_REFUSED,
                         "[DWH] DWH_CLUSTER_IDENTIFIER '%.80s' is none: 3 to 63 letters, digits and single hyphens, "
                         "the first a letter, the last no hyphen",
                         want.identifier);
    choose_names(config, region, &want);
    if (!choose_nodes(config, &want, error))
        return false;
    *out_want = want;
    want = (ClusterWant){0};
    return true;
}

void cluster_want_done(ClusterWant *want)
{
    free(want->identifier);
    free(want->owner);
    free(want->role_name);
    free(want->group_name);
    *want = (ClusterWant){0};
}

/* What is wrong with it; NULL: nothing. */
static const char *find_weakness(const char *password)
{
    size_t length = strlen(password);
    if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX)
        return "it has not 8 to 64 characters";
    bool has_upper = false, has_lower = false, has_digit = false;
    for (const char *c = password; *c; c++) {
        if (*c <= ' ' || *c > '~' || strchr("'\"\\/@", *c))
            return "it has a character that may not be in it: none of ' \" \\ / @, no blank, ASCII only";
        has_upper |= *c >= 'A' && *c <= 'Z';
        has_lower |= *c >= 'a' && *c <= 'z';
        has_digit |= *c >= '0' && *c <= '9';
    }
    return !has_upper   ? "it has no capital letter"
           : !has_lower ? "it has no small letter"
           : !has_digit ? "it has no digit"
                        : NULL;
}

bool cluster_want_check_password(const char *password, Error *error)
{
    if (!password[0])
        return error_set(error, ERROR_REFUSED, "the administrator needs a password: set [DWH] DWH_DB_PASSWORD");
    const char *weakness = find_weakness(password);
    return !weakness || error_set(error, ERROR_REFUSED, "Redshift does not take the password: %s", weakness);
}
