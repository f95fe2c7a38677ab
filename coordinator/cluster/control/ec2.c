/* SPDX-License-Identifier: Apache-2.0 */
#include "control/ec2.h"

#include <stdlib.h>
#include <string.h>

#include "control/query_form.h"
#include "control/redshift.h"

#define COPY(field, node, path) refusal_copy_text(field, sizeof(field), xml_tree_text(node, path))

bool ec2_find_default_vpc(Api *api, char out_vpc[64], Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "DescribeVpcs");
    query_form_add(&form, "Filter.1.Name", "is-default");
    query_form_add(&form, "Filter.1.Value.1", "true");
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (!query_form_call(api, &form, &answer, &refusal, error))
        return false;
    refusal_copy_text(out_vpc, 64, xml_tree_text(answer.root, "vpcSet/item/vpcId"));
    return true;
}

static void add_rule(Ec2Group *group, const XmlNode *permission, const XmlNode *range, const char *source, bool is_v6)
{
    if (group->rule_count == EC2_RULES_MAX)
        return;
    Ec2Rule *rule = &group->rules[group->rule_count++];
    const char *from = xml_tree_text(permission, "fromPort"), *to = xml_tree_text(permission, "toPort");
    COPY(rule->source, range, source);
    COPY(rule->description, range, "description");
    COPY(rule->protocol, permission, "ipProtocol");
    rule->from_port = *from ? strtoll(from, NULL, 10) : -1;
    rule->to_port = *to ? strtoll(to, NULL, 10) : -1;
    rule->is_v6 = is_v6;
}

static void read_rules(const XmlNode *permission, Ec2Group *group)
{
    static const struct {
        const char *list, *source;
        bool is_v6;
    } sources[] = {{"ipRanges/item", "cidrIp", false},
                   {"ipv6Ranges/item", "cidrIpv6", true},
                   {"groups/item", "groupId", false},
                   {"prefixListIds/item", "prefixListId", false}};
    for (; permission; permission = xml_tree_next(permission))
        for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
            for (const XmlNode *range = xml_tree_find(permission, sources[i].list); range; range = xml_tree_next(range))
                add_rule(group, permission, range, sources[i].source, sources[i].is_v6);
}

static void read_group(const XmlNode *found, Ec2Group *group)
{
    group->is_there = true;
    COPY(group->id, found, "groupId");
    COPY(group->name, found, "groupName");
    COPY(group->vpc, found, "vpcId");
    for (const XmlNode *tag = xml_tree_find(found, "tagSet/item"); tag; tag = xml_tree_next(tag))
        if (strcmp(xml_tree_text(tag, "key"), CLUSTER_TAG) == 0)
            COPY(group->owner, tag, "value");
    read_rules(xml_tree_find(found, "ipPermissions/item"), group);
}

static bool find_group(Api *api, const char *filter, const char *value, const char *vpc, Ec2Group *out_group,
                       Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "DescribeSecurityGroups");
    query_form_add(&form, "Filter.1.Name", filter);
    query_form_add(&form, "Filter.1.Value.1", value);
    if (vpc) {
        query_form_add(&form, "Filter.2.Name", "vpc-id");
        query_form_add(&form, "Filter.2.Value.1", vpc);
    }
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    *out_group = (Ec2Group){0};
    if (!query_form_call(api, &form, &answer, &refusal, error))
        return false;
    const XmlNode *found = xml_tree_find(answer.root, "securityGroupInfo/item");
    if (found)
        read_group(found, out_group);
    return true;
}

bool ec2_find_group(Api *api, const char *id, Ec2Group *out_group, Error *error)
{
    return find_group(api, "group-id", id, NULL, out_group, error);
}

bool ec2_find_owned_group(Api *api, const char *owner, const char *vpc, Ec2Group *out_group, Error *error)
{
    return find_group(api, "tag:" CLUSTER_TAG, owner, vpc, out_group, error);
}

bool ec2_create_group(Api *api, const char *name, const char *vpc, const char *owner, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "CreateSecurityGroup");
    query_form_add(&form, "GroupName", name);
    query_form_add(&form, "GroupDescription", "Who may reach the Redshift warehouse of copyfleet");
    query_form_add(&form, "VpcId", vpc);
    query_form_add(&form, "TagSpecification.1.ResourceType", "security-group");
    query_form_add(&form, "TagSpecification.1.Tag.1.Key", CLUSTER_TAG);
    query_form_add(&form, "TagSpecification.1.Tag.1.Value", owner);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    return query_form_call(api, &form, &answer, &refusal, error) || api_refusal_is(&refusal, "InvalidGroup.Duplicate");
}

bool ec2_delete_group(Api *api, const char *id, bool *out_is_busy, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "DeleteSecurityGroup");
    query_form_add(&form, "GroupId", id);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    bool is_done = query_form_call(api, &form, &answer, &refusal, error);
    *out_is_busy = !is_done && api_refusal_is(&refusal, "DependencyViolation");
    return is_done || *out_is_busy || api_refusal_is(&refusal, "InvalidGroup.NotFound");
}

static void add_range(QueryForm *form, const char *group, const char *protocol, int64_t from_port, int64_t to_port)
{
    query_form_add(form, "GroupId", group);
    query_form_add(form, "IpPermissions.1.IpProtocol", protocol);
    query_form_add_number(form, "IpPermissions.1.FromPort", from_port);
    query_form_add_number(form, "IpPermissions.1.ToPort", to_port);
}

bool ec2_open_port(Api *api, const char *group, const char *cidr, int64_t port, bool *out_was_open, Error *error)
{
    bool is_v6 = strchr(cidr, ':') != NULL;
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "AuthorizeSecurityGroupIngress");
    add_range(&form, group, "tcp", port, port);
    query_form_add(&form, is_v6 ? "IpPermissions.1.Ipv6Ranges.1.CidrIpv6" : "IpPermissions.1.IpRanges.1.CidrIp", cidr);
    query_form_add(&form, is_v6 ? "IpPermissions.1.Ipv6Ranges.1.Description" : "IpPermissions.1.IpRanges.1.Description",
                   EC2_RULE_DESCRIPTION);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    bool is_done = query_form_call(api, &form, &answer, &refusal, error);
    *out_was_open = !is_done && api_refusal_is(&refusal, "InvalidPermission.Duplicate");
    return is_done || *out_was_open;
}

bool ec2_close_port(Api *api, const char *group, const Ec2Rule *rule, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_ec2, "RevokeSecurityGroupIngress");
    add_range(&form, group, rule->protocol, rule->from_port, rule->to_port);
    query_form_add(&form, rule->is_v6 ? "IpPermissions.1.Ipv6Ranges.1.CidrIpv6" : "IpPermissions.1.IpRanges.1.CidrIp",
                   rule->source);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    return query_form_call(api, &form, &answer, &refusal, error) ||
           api_refusal_is(&refusal, "InvalidPermission.NotFound") || api_refusal_is(&refusal, "InvalidGroup.NotFound");
}

bool ec2_rule_covers(const Ec2Rule *rule, int64_t port)
{
    if (strcmp(rule->protocol, "-1") == 0)
        return true;
    bool is_tcp = strcmp(rule->protocol, "tcp") == 0 || strcmp(rule->protocol, "6") == 0;
    return is_tcp && rule->from_port <= port && port <= rule->to_port;
}
