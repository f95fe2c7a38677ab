/* SPDX-License-Identifier: Apache-2.0
 *
 * The side of redshift.h that has no nodes: a namespace, which holds the data, and a workgroup, which computes, of one
 * name. https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/ */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "control/json_api.h"
#include "control/redshift.h"

static void release_json(json_t **value)
{
    json_decref(*value);
}
#define AUTO_JSON AUTO(json_t *, release_json)

/* Takes over body. out_answer may be NULL. */
static bool call(Api *api, const char *action, json_t *body, json_t **out_answer, Refusal *refusal, Error *error)
{
    AUTO_JSON request = body;
    AUTO_WIPE text = json_dumps(request, JSON_COMPACT);
    if (!text)
        return error_set(error, ERROR_FATAL, "%s takes UTF-8 only: check the configuration", action);
    AUTO_BUFFER answer = {0};
    if (!json_api_call(api, &api_redshift_serverless, action, slice_from_text(text), &answer, refusal, error))
        return false;
    AUTO_JSON root = json_loadb(answer.data ? answer.data : "", answer.length, 0, NULL);
    if (!json_is_object(root))
        return error_set(error, ERROR_FATAL, "redshift-serverless answered %s with what is no JSON: check its endpoint",
                         action);
    if (out_answer)
        *out_answer = take(root);
    return true;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

#define COPY(field, object, key) refusal_copy_text(field, sizeof(field), text_of(object, key))

/* *out_answer stays NULL if there is none of the name. */
static bool get(Api *api, const char *action, const char *key, const char *name, json_t **out_answer, Error *error)
{
    Refusal refusal = {0};
    return call(api, action, json_pack("{s:s}", key, name), out_answer, &refusal, error) ||
           api_refusal_is(&refusal, "ResourceNotFoundException");
}

static bool find_tag(Api *api, const char *arn, char out_owner[CLUSTER_OWNER_SIZE], Error *error)
{
    Refusal refusal = {0};
    AUTO_JSON answer = NULL;
    json_t *body = json_pack("{s:s}", "resourceArn", arn);
    out_owner[0] = '\0';
    if (!call(api, "ListTagsForResource", body, &answer, &refusal, error))
        return false;
    size_t index;
    const json_t *tag;
    json_array_foreach(json_object_get(answer, "tags"), index, tag) if (strcmp(text_of(tag, "key"), CLUSTER_TAG) == 0)
        refusal_copy_text(out_owner, CLUSTER_OWNER_SIZE, text_of(tag, "value"));
    return true;
}

/* A workgroup of our name may be somebody else's, on a namespace of his: then neither is ours. */
static bool find_owner(Api *api, const json_t *namespace, const json_t *workgroup, Cluster *cluster, Error *error)
{
    char other[CLUSTER_OWNER_SIZE];
    if (!find_tag(api, text_of(namespace, "namespaceArn"), cluster->owner, error))
        return false;
    if (!workgroup)
        return true;
    if (!find_tag(api, text_of(workgroup, "workgroupArn"), other, error))
        return false;
    bool is_on_it = strcmp(text_of(workgroup, "namespaceName"), text_of(namespace, "namespaceName")) == 0;
    if (!is_on_it || strcmp(cluster->owner, other) != 0)
        cluster->owner[0] = '\0';
    return true;
}

static void read_workgroup(const json_t *workgroup, Cluster *cluster)
{
    const json_t *endpoint = json_object_get(workgroup, "endpoint");
    const json_t *inside = json_array_get(json_object_get(endpoint, "vpcEndpoints"), 0);
    COPY(cluster->host, endpoint, "address");
    COPY(cluster->vpc, inside, "vpcId");
    cluster->port = json_integer_value(json_object_get(endpoint, "port"));
    if (cluster->port == 0)
        cluster->port = json_integer_value(json_object_get(workgroup, "port"));
    cluster->is_public = json_is_true(json_object_get(workgroup, "publiclyAccessible"));
    snprintf(cluster->size, sizeof cluster->size, "%" JSON_INTEGER_FORMAT " RPU",
             json_integer_value(json_object_get(workgroup, "baseCapacity")));
    size_t index;
    const json_t *group;
    json_array_foreach(json_object_get(workgroup, "securityGroupIds"), index,
                       group) if (json_is_string(group) && cluster->group_count < CLUSTER_GROUPS_MAX)
        refusal_copy_text(cluster->groups[cluster->group_count++], sizeof cluster->groups[0], json_string_value(group));
}

/* A role stands as its ARN, or as "IamRole(applyStatus=in-sync, iamRoleArn=arn:…)". */
static void read_roles(const json_t *namespace, Cluster *cluster)
{
    size_t index;
    const json_t *role;
    json_array_foreach(json_object_get(namespace, "iamRoles"), index, role)
    {
        const char *text = json_string_value(role), *arn = text ? strstr(text, "arn:") : NULL;
        if (!arn || cluster->role_count == CLUSTER_ROLES_MAX)
            continue;
        AUTO_FREE char *bare = memory_copy_slice((Slice){arn, strcspn(arn, ",) ")});
        refusal_copy_text(cluster->roles[cluster->role_count++], sizeof cluster->roles[0], bare);
    }
}

static ClusterPhase read_phase(const json_t *namespace, const json_t *workgroup)
{
    const char *state = text_of(workgroup ? workgroup : namespace, "status");
    if (strcmp(state, "DELETING") == 0)
        return CLUSTER_GOING;
    return workgroup && strcmp(state, "AVAILABLE") == 0 ? CLUSTER_READY : CLUSTER_COMING;
}

static bool find(Api *api, const char *identifier, Cluster *out_cluster, Error *error)
{
    AUTO_JSON namespace_answer = NULL;
    AUTO_JSON workgroup_answer = NULL;
    if (!get(api, "GetNamespace", "namespaceName", identifier, &namespace_answer, error) ||
        !get(api, "GetWorkgroup", "workgroupName", identifier, &workgroup_answer, error))
        return false;
    const json_t *namespace = json_object_get(namespace_answer, "namespace");
    const json_t *workgroup = json_object_get(workgroup_answer, "workgroup");
    *out_cluster = (Cluster){.phase = CLUSTER_ABSENT};
    if (!namespace && !workgroup)
        return true;
    out_cluster->phase = read_phase(namespace, workgroup);
    out_cluster->is_encrypted = true; /* Serverless has no other */
    COPY(out_cluster->state, workgroup ? workgroup : namespace, "status");
    for (char *c = out_cluster->state; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    if (workgroup)
        read_workgroup(workgroup, out_cluster);
    if (!namespace)
        return true;
    COPY(out_cluster->database, namespace, "dbName");
    COPY(out_cluster->user, namespace, "adminUsername");
    read_roles(namespace, out_cluster);
    out_cluster->wants_step = !workgroup && strcmp(text_of(namespace, "status"), "AVAILABLE") == 0;
    return find_owner(api, namespace, workgroup, out_cluster, error);
}

static json_t *make_tags(const char *owner)
{
    return json_pack("[{s:s,s:s}]", "key", CLUSTER_TAG, "value", owner);
}

static bool create_namespace(Api *api, const ClusterWish *wish, Error *error)
{
    Refusal refusal = {0};
    json_t *body =
        json_pack("{s:s,s:s,s:s,s:s,s:[s],s:s,s:o}", "namespaceName", wish->identifier, "dbName", wish->database,
                  "adminUsername", wish->user, "adminUserPassword", wish->password, "iamRoles", wish->role_arn,
                  "defaultIamRoleArn", wish->role_arn, "tags", make_tags(wish->owner));
    if (call(api, "CreateNamespace", body, NULL, &refusal, error) || api_refusal_is(&refusal, "ConflictException"))
        return true;
    redshift_judge_refusal(&refusal, error);
    return false;
}

static bool create_workgroup(Api *api, const ClusterWish *wish, Error *error)
{
    Refusal refusal = {0};
    json_t *body = json_pack("{s:s,s:s,s:I,s:b,s:I,s:[s],s:o}", "workgroupName", wish->identifier, "namespaceName",
                             wish->identifier, "baseCapacity", (json_int_t)wish->base_capacity, "publiclyAccessible",
                             wish->is_public, "port", (json_int_t)wish->port, "securityGroupIds", wish->group, "tags",
                             make_tags(wish->owner));
    json_t *subnets = json_array();
    for (size_t i = 0; i < wish->subnet_count; i++)
        json_array_append_new(subnets, json_string(wish->subnets[i]));
    if (wish->subnet_count > 0)
        json_object_set(body, "subnetIds", subnets);
    json_decref(subnets);
    return call(api, "CreateWorkgroup", body, NULL, &refusal, error) || api_refusal_is(&refusal, "ConflictException");
}

/* The namespace, and once that is there the workgroup. */
static bool create(Api *api, const ClusterWish *wish, Error *error)
{
    AUTO_JSON namespace = NULL;
    if (!get(api, "GetNamespace", "namespaceName", wish->identifier, &namespace, error))
        return false;
    return namespace ? create_workgroup(api, wish, error) : create_namespace(api, wish, error);
}

/* Whether the thing is gone; RETRY if something else is under way with it. */
static bool settle_removal(const Refusal *refusal, Error *error)
{
    if (api_refusal_is(refusal, "ConflictException"))
        error->kind = ERROR_RETRY;
    return api_refusal_is(refusal, "ResourceNotFoundException");
}

/* The workgroup, and once that is gone the namespace. */
static bool remove_both(Api *api, const char *identifier, const char *snapshot, Error *error)
{
    AUTO_JSON workgroup = NULL;
    if (!get(api, "GetWorkgroup", "workgroupName", identifier, &workgroup, error))
        return false;
    Refusal refusal = {0};
    if (workgroup)
        return call(api, "DeleteWorkgroup", json_pack("{s:s}", "workgroupName", identifier), NULL, &refusal, error) ||
               settle_removal(&refusal, error);
    json_t *body = json_pack("{s:s}", "namespaceName", identifier);
    if (snapshot)
        json_object_set_new(body, "finalSnapshotName", json_string(snapshot));
    return call(api, "DeleteNamespace", body, NULL, &refusal, error) || settle_removal(&refusal, error);
}

const ClusterKind redshift_serverless = {"namespace and workgroup", find, create, remove_both};
