/* SPDX-License-Identifier: Apache-2.0 */
#include "control/iam.h"

#include <string.h>

#include "base/memory.h"
#include "control/query_form.h"
#include "control/redshift.h"

#define POLICY_NAME "copyfleet-read"
#define DESCRIPTION "Lets Redshift read the buckets that copyfleet loads"

#define COPY(field, node, path) refusal_copy_text(field, sizeof(field), xml_tree_text(node, path))

/* An action on a role, with up to one parameter more (name NULL: none). */
typedef struct RoleCall {
    const char *action;
    const char *role;
    const char *name;
    const char *value;
} RoleCall;

static bool call(Api *api, const RoleCall *what, XmlTree *out_answer, Refusal *refusal, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_iam, what->action);
    query_form_add(&form, "RoleName", what->role);
    if (what->name)
        query_form_add(&form, what->name, what->value);
    return query_form_call(api, &form, out_answer, refusal, error);
}

/* For a call whose answer has no content. It is no failure if there is no such thing. */
static bool call_off(Api *api, const char *action, const char *role, const char *name, const char *value, Error *error)
{
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    return call(api, &(RoleCall){action, role, name, value}, &answer, &refusal, error) ||
           api_refusal_is(&refusal, "NoSuchEntity");
}

bool iam_find_role(Api *api, const char *name, IamRole *out_role, Error *error)
{
    *out_role = (IamRole){0};
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (!call(api, &(RoleCall){"GetRole", name, NULL, NULL}, &answer, &refusal, error))
        return api_refusal_is(&refusal, "NoSuchEntity");
    const XmlNode *role = xml_tree_find(answer.root, "GetRoleResult/Role");
    out_role->is_there = role != NULL;
    COPY(out_role->arn, role, "Arn");
    for (const XmlNode *tag = xml_tree_find(role, "Tags/member"); tag; tag = xml_tree_next(tag))
        if (strcmp(xml_tree_text(tag, "Key"), CLUSTER_TAG) == 0)
            COPY(out_role->owner, tag, "Value");
    return true;
}

bool iam_create_role(Api *api, const char *name, const char *trust_policy, const char *owner, Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_iam, "CreateRole");
    query_form_add(&form, "RoleName", name);
    query_form_add(&form, "AssumeRolePolicyDocument", trust_policy);
    query_form_add(&form, "Description", DESCRIPTION);
    query_form_add(&form, "Tags.member.1.Key", CLUSTER_TAG);
    query_form_add(&form, "Tags.member.1.Value", owner);
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    return query_form_call(api, &form, &answer, &refusal, error) || api_refusal_is(&refusal, "EntityAlreadyExists");
}

bool iam_set_trust(Api *api, const char *name, const char *trust_policy, Error *error)
{
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    return call(api, &(RoleCall){"UpdateAssumeRolePolicy", name, "PolicyDocument", trust_policy}, &answer, &refusal,
                error);
}

bool iam_set_reading(Api *api, const char *name, const char *read_policy, Error *error)
{
    AUTO_FREE char *managed =
        memory_format("arn:%s:iam::aws:policy/AmazonS3ReadOnlyAccess", api_partition(api_region(api)));
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_iam, read_policy ? "PutRolePolicy" : "AttachRolePolicy");
    query_form_add(&form, "RoleName", name);
    if (read_policy) {
        query_form_add(&form, "PolicyName", POLICY_NAME);
        query_form_add(&form, "PolicyDocument", read_policy);
    } else {
        query_form_add(&form, "PolicyArn", managed);
    }
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (!query_form_call(api, &form, &answer, &refusal, error))
        return false;
    return read_policy ? call_off(api, "DetachRolePolicy", name, "PolicyArn", managed, error)
                       : call_off(api, "DeleteRolePolicy", name, "PolicyName", POLICY_NAME, error);
}

/* A role has 10 managed policies, or by a raised quota 25, and all fit into one page, as do a hundred of its own. */
static bool delete_policies(Api *api, const char *name, Error *error)
{
    AUTO_XML_TREE own = {0};
    AUTO_XML_TREE attached = {0};
    Refusal refusal;
    if (!call(api, &(RoleCall){"ListRolePolicies", name, NULL, NULL}, &own, &refusal, error) ||
        !call(api, &(RoleCall){"ListAttachedRolePolicies", name, NULL, NULL}, &attached, &refusal, error))
        return api_refusal_is(&refusal, "NoSuchEntity");
    const XmlNode *policy = xml_tree_find(own.root, "ListRolePoliciesResult/PolicyNames/member");
    for (; policy; policy = xml_tree_next(policy))
        if (!call_off(api, "DeleteRolePolicy", name, "PolicyName", policy->text, error))
            return false;
    policy = xml_tree_find(attached.root, "ListAttachedRolePoliciesResult/AttachedPolicies/member");
    for (; policy; policy = xml_tree_next(policy))
        if (!call_off(api, "DetachRolePolicy", name, "PolicyArn", xml_tree_text(policy, "PolicyArn"), error))
            return false;
    return true;
}

bool iam_delete_role(Api *api, const char *name, Error *error)
{
    return delete_policies(api, name, error) && call_off(api, "DeleteRole", name, NULL, NULL, error);
}

bool iam_find_account(Api *api, char out_account[16], Error *error)
{
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_sts, "GetCallerIdentity");
    AUTO_XML_TREE answer = {0};
    Refusal refusal;
    if (!query_form_call(api, &form, &answer, &refusal, error))
        return false;
    refusal_copy_text(out_account, 16, xml_tree_text(answer.root, "GetCallerIdentityResult/Account"));
    return true;
}
