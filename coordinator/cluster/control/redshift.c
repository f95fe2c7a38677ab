/* SPDX-License-Identifier: Apache-2.0
 *
 * The side of redshift.h that is a cluster of nodes. https://docs.aws.amazon.com/redshift/latest/APIReference/ */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/query_form.h"
#include "control/redshift.h"

/* https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-cluster-status.html; the states that are not here pass by
 * themselves. */
ClusterPhase redshift_read_phase(const char *state)
{
    static const struct {
        const char *start;
        ClusterPhase phase;
    } phases[] = {
        {"available", CLUSTER_READY},    {"deleting", CLUSTER_GOING},     {"final-snapshot", CLUSTER_GOING},
        {"paused", CLUSTER_STUCK},       {"incompatible", CLUSTER_STUCK}, {"hardware-failure", CLUSTER_STUCK},
        {"storage-full", CLUSTER_STUCK},
    };
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
        if (strncmp(state, phases[i].start, strlen(phases[i].start)) == 0)
            return phases[i].phase;
    return CLUSTER_COMING;
}

#define COPY(field, node, path) refusal_copy_text(field, sizeof(field), xml_tree_text(node, path))

static void read_lists(const XmlNode *found, Cluster *cluster)
{
    for (const XmlNode *tag = xml_tree_find(found, "Tags/Tag"); tag; tag = xml_tree_next(tag))
        if (strcmp(xml_tree_text(tag, "Key"), CLUSTER_TAG) == 0)
            COPY(cluster->owner, tag, "Value");
    const XmlNode *group = xml_tree_find(found, "VpcSecurityGroups/VpcSecurityGroup");
    for (; group && cluster->group_count < CLUSTER_GROUPS_MAX; group = xml_tree_next(group)) {
        COPY(cluster->groups[cluster->group_count], group, "VpcSecurityGroupId");
        cluster->group_count++;
    }
    const XmlNode *role = xml_tree_find(found, "IamRoles/ClusterIamRole");
    for (; role && cluster->role_count < CLUSTER_ROLES_MAX; role = xml_tree_next(role)) {
        COPY(cluster->roles[cluster->role_count], role, "IamRoleArn");
        cluster->role_count++;
    }
}

static void read_cluster(const XmlNode *found, Cluster *cluster)
{
    *cluster = (Cluster){0};
    COPY(cluster->state, found, "ClusterStatus");
    COPY(cluster->host, found, "Endpoint/Address");
    COPY(cluster->database, found, "DBName");
    COPY(cluster->user, found, "MasterUsername");
    COPY(cluster->vpc, found, "VpcId");
    cluster->phase = redshift_read_phase(cluster->state);
    cluster->port = strtoll(xml_tree_text(found, "Endpoint/Port"), NULL, 10);
    cluster->is_public = strcmp(xml_tree_text(found, "PubliclyAccessible"), "true") == 0;
    cluster->is_encrypted = strcmp(xml_tree_text(found, "Encrypted"), "true") == 0;
    char size[sizeof cluster->size];
    snprintf(size, sizeof size, "%.8s x %.64s", xml_tree_text(found, "NumberOfNodes"),
             xml_tree_text(found, "NodeType"));
    refusal_copy_text(cluster->size, sizeof cluster->size, size);
    read_lists(found, cluster);
}

static bool find(Api *api, const char *identifier, Cluster *out_cluster, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_redshift, "DescribeClusters");
    query_form_add(&form, "ClusterIdentifier", identifier);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    bool is_answered = query_form_call(api, &form, &answer, &refusal, error);
    if (!is_answered && !api_refusal_is(&refusal, "ClusterNotFound"))
        return false;
    const XmlNode *found = xml_tree_find(answer.root, "DescribeClustersResult/Clusters/Cluster");
    if (found)
        read_cluster(found, out_cluster);
    else
        *out_cluster = (Cluster){.phase = CLUSTER_ABSENT};
    return true;
}

void redshift_judge_refusal(const Refusal *refusal, Error *error)
{
    /* A denial names the role that was denied something, and comes with 400 from JSON APIs. */
    if (refusal->status == 400 && !api_refusal_is_denial(refusal) && strcasestr(refusal->message, "role"))
        error->kind = ERROR_RETRY;
}

static bool create(Api *api, const ClusterWish *wish, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_redshift, "CreateCluster");
    query_form_add(&form, "ClusterIdentifier", wish->identifier);
    query_form_add(&form, "ClusterType", wish->is_multi_node ? "multi-node" : "single-node");
    if (wish->is_multi_node)
        query_form_add_number(&form, "NumberOfNodes", wish->nodes);
    query_form_add(&form, "NodeType", wish->node_type);
    query_form_add(&form, "DBName", wish->database);
    query_form_add(&form, "MasterUsername", wish->user);
    query_form_add(&form, "MasterUserPassword", wish->password);
    query_form_add_number(&form, "Port", wish->port);
    query_form_add(&form, "Encrypted", "true");
    query_form_add(&form, "PubliclyAccessible", wish->is_public ? "true" : "false");
    query_form_add(&form, "VpcSecurityGroupIds.VpcSecurityGroupId.1", wish->group);
    query_form_add(&form, "IamRoles.IamRoleArn.1", wish->role_arn);
    query_form_add(&form, "DefaultIamRoleArn", wish->role_arn);
    query_form_add(&form, "Tags.Tag.1.Key", CLUSTER_TAG);
    query_form_add(&form, "Tags.Tag.1.Value", wish->owner);
    if (wish->subnet_group[0])
        query_form_add(&form, "ClusterSubnetGroupName", wish->subnet_group);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (query_form_call(api, &form, &answer, &refusal, error) || api_refusal_is(&refusal, "ClusterAlreadyExists"))
        return true;
    redshift_judge_refusal(&refusal, error);
    return false;
}

static bool remove_cluster(Api *api, const char *identifier, const char *snapshot, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_redshift, "DeleteCluster");
    query_form_add(&form, "ClusterIdentifier", identifier);
    query_form_add(&form, "SkipFinalClusterSnapshot", snapshot ? "false" : "true");
    if (snapshot)
        query_form_add(&form, "FinalClusterSnapshotIdentifier", snapshot);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (query_form_call(api, &form, &answer, &refusal, error) || api_refusal_is(&refusal, "ClusterNotFound"))
        return true;
    /* Something else is under way with the cluster: it is being made, for instance. */
    if (api_refusal_is(&refusal, "InvalidClusterState"))
        error->kind = ERROR_RETRY;
    return false;
}

const ClusterKind redshift_provisioned = {"cluster", find, create, remove_cluster};

bool redshift_find_subnets(Api *api, const char *subnet_group, ClusterSubnets *out_subnets, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_redshift, "DescribeClusterSubnetGroups");
    query_form_add(&form, "ClusterSubnetGroupName", subnet_group);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (!query_form_call(api, &form, &answer, &refusal, error))
        return error_add_context(error, "the cluster subnet group %s", subnet_group);
    const XmlNode *group =
        xml_tree_find(answer.root, "DescribeClusterSubnetGroupsResult/ClusterSubnetGroups/ClusterSubnetGroup");
    *out_subnets = (ClusterSubnets){0};
    COPY(out_subnets->vpc, group, "VpcId");
    const XmlNode *subnet = xml_tree_find(group, "Subnets/Subnet");
    for (; subnet && out_subnets->subnet_count < CLUSTER_SUBNETS_MAX; subnet = xml_tree_next(subnet)) {
        COPY(out_subnets->subnets[out_subnets->subnet_count], subnet, "SubnetIdentifier");
        out_subnets->subnet_count++;
    }
    return true;
}
