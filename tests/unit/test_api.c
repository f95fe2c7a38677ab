/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said to AWS's control plane, and what its refusals come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/api.h"
#include "control/ec2.h"
#include "control/json_api.h"
#include "control/query_form.h"

static void test_a_form(void **state)
{
    (void)state;
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_redshift, "CreateCluster");
    query_form_add(&form, "Tags.Tag.1.Key", "copyfleet");
    query_form_add(&form, "Text", " a b&c=d+e/f~-_.%é\n");
    query_form_add(&form, "Empty", "");
    query_form_add_number(&form, "Port", -5439);
    assert_false(form.is_too_long);
    AUTO_FREE char *text = memory_copy_slice(buffer_slice(&form.body));
    assert_string_equal(text, "Action=CreateCluster&Version=2012-12-01&Tags.Tag.1.Key=copyfleet&"
                              "Text=+a+b%26c%3Dd%2Be%2Ff~-_.%25%C3%A9%0A&Empty=&Port=-5439");
}

static void test_a_form_that_is_too_long(void **state)
{
    (void)state;
    AUTO_QUERY_FORM form;
    query_form_init(&form, &api_iam, "PutRolePolicy");
    AUTO_FREE char *value = memory_alloc_zeroed(30001, 1);
    memset(value, '{', 30000); /* three bytes each */
    query_form_add(&form, "PolicyDocument", value);
    assert_true(form.is_too_long);
    query_form_add(&form, "RoleName", "x");
    assert_true(form.is_too_long);
    XmlTree answer;
    Refusal refusal;
    Error error;
    assert_false(query_form_call(NULL, &form, &answer, &refusal, &error));
    assert_int_equal(error.kind, ERROR_FATAL);
    assert_int_equal(refusal.status, 0);
}

static void assert_query_refusal(const char *body, const char *code, const char *message)
{
    Refusal refusal = {.status = 400};
    refusal_read_xml(slice_from_text(body), &refusal);
    assert_string_equal(refusal.code, code);
    assert_string_equal(refusal.message, message);
    assert_int_equal(refusal.status, 400);
}

static void test_refusals_of_the_query_api(void **state)
{
    (void)state;
    assert_query_refusal("<ErrorResponse xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\"><Error><Type>Sender"
                         "</Type><Code>ClusterNotFound</Code><Message>Cluster x\nnot found.</Message></Error>"
                         "<RequestId>1</RequestId></ErrorResponse>",
                         "ClusterNotFound", "Cluster x not found.");
    assert_query_refusal("<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>"
                         "gone</Message></Error></Errors><RequestID>1</RequestID></Response>",
                         "InvalidGroup.NotFound", "gone");
    assert_query_refusal("<html><body>503</body></html>", "", "");
    assert_query_refusal("Bad Gateway", "", "");
    assert_query_refusal("", "", "");
}

static void assert_json_refusal(const char *body, const char *code, const char *message)
{
    Refusal refusal = {0};
    json_api_read_refusal(slice_from_text(body), &refusal);
    assert_string_equal(refusal.code, code);
    assert_string_equal(refusal.message, message);
}

static void test_refusals_of_the_json_api(void **state)
{
    (void)state;
    assert_json_refusal("{\"__type\": \"ConflictException\", \"message\": \"there\"}", "ConflictException", "there");
    assert_json_refusal("{\"__type\": \"com.amazonaws.redshift#ResourceNotFoundException\", \"Message\": \"M\"}",
                        "ResourceNotFoundException", "M");
    assert_json_refusal("{\"message\": 1}", "", "");
    assert_json_refusal("[]", "", "");
    assert_json_refusal("<html>", "", "");
    assert_json_refusal("", "", "");
}

static Error report(int status, const char *code, const char *message)
{
    Refusal refusal = {.status = status};
    snprintf(refusal.code, sizeof refusal.code, "%s", code);
    snprintf(refusal.message, sizeof refusal.message, "%s", message);
    Error error;
    assert_false(api_refusal_report(&refusal, &api_redshift, "CreateCluster", &error));
    return error;
}

static void test_what_refusals_call_for(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int status;
        ErrorKind kind;
    } cases[] = {
        {"", 400, ERROR_FATAL},
        {"ClusterNotFound", 404, ERROR_FATAL},
        {"", 408, ERROR_RETRY},
        {"", 429, ERROR_RETRY},
        {"", 500, ERROR_RETRY},
        {"AnythingAtAll", 503, ERROR_RETRY},
        {"Throttling", 400, ERROR_RETRY},
        {"ThrottlingException", 400, ERROR_RETRY},
        {"RequestLimitExceeded", 503, ERROR_RETRY},
        {"AccessDenied", 403, ERROR_FATAL},
        {"AccessDeniedException", 400, ERROR_FATAL},
        {"SignatureDoesNotMatch", 403, ERROR_FATAL},
        {"InvalidSignatureException", 400, ERROR_FATAL},
        {"ExpiredTokenException", 400, ERROR_FATAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = report(cases[i].status, cases[i].code, "m");
        if (error.kind != cases[i].kind)
            fail_msg("%d %s: %s", cases[i].status, cases[i].code, error.message);
    }
}

static void test_what_refusals_say(void **state)
{
    (void)state;
    Error error = report(400, "InsufficientClusterCapacity", "There is not enough.");
    assert_string_equal(error.message, "redshift CreateCluster was refused with status 400 "
                                       "InsufficientClusterCapacity: There is not enough.");
    error = report(502, "", "");
    assert_string_equal(error.message, "redshift CreateCluster was refused with status 502; it is worth trying again");
    error = report(403, "AccessDenied", "User: x is not authorized to perform: redshift:CreateCluster");
    assert_non_null(strstr(error.message, "redshift:CreateCluster, see docs/cluster.md"));
    assert_non_null(strstr(error.message, "User: x is not authorized"));
}

/* The sentence for a wrong signature has the canonical request, in which a session token stands. */
static void test_what_was_signed_is_not_quoted(void **state)
{
    (void)state;
    static const char *const codes[] = {"SignatureDoesNotMatch", "InvalidSignatureException",  "IncompleteSignature",
                                        "AuthFailure",           "InvalidClientTokenId",       "ExpiredToken",
                                        "ExpiredTokenException", "UnrecognizedClientException"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        Error error = report(403, codes[i], "x-amz-security-token:TOKEN");
        assert_null(strstr(error.message, "TOKEN"));
        assert_non_null(strstr(error.message, codes[i]));
    }
}

static void test_denials(void **state)
{
    (void)state;
    static const char *const denials[] = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"};
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++) {
        Refusal refusal = {.status = 400};
        snprintf(refusal.code, sizeof refusal.code, "%s", denials[i]);
        assert_true(api_refusal_is_denial(&refusal));
    }
    assert_false(api_refusal_is_denial(&(Refusal){.code = "ClusterNotFound"}));
    assert_false(api_refusal_is_denial(&(Refusal){0}));
}

static void assert_url(const ApiService *service, const char *region, const char *url, const char *signing_region)
{
    AUTO_FREE char *found = api_service_url(service, region);
    assert_string_equal(found, url);
    assert_string_equal(api_signing_region(service, region), signing_region);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_url(&api_redshift, "us-west-2", "https://redshift.us-west-2.amazonaws.com", "us-west-2");
    assert_url(&api_redshift_serverless, "eu-central-1", "https://redshift-serverless.eu-central-1.amazonaws.com",
               "eu-central-1");
    assert_url(&api_ec2, "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1");
    assert_url(&api_iam, "us-west-2", "https://iam.amazonaws.com", "us-east-1");
    assert_url(&api_iam, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1");
    assert_url(&api_iam, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1");
    assert_string_equal(api_partition("us-west-2"), "aws");
    assert_string_equal(api_partition("cn-north-1"), "aws-cn");
    assert_string_equal(api_partition("us-gov-east-1"), "aws-us-gov");
}

static void test_texts_of_a_service(void **state)
{
    (void)state;
    char text[6];
    refusal_copy_text(text, sizeof text,
                      "a\x1b\n\x7f"
                      "b");
    assert_string_equal(text, "a   b");
    refusal_copy_text(text, sizeof text, "12345678");
    assert_string_equal(text, "12345");
    /* Not within a character. */
    refusal_copy_text(text, sizeof text, "1234é");
    assert_string_equal(text, "1234");
    refusal_copy_text(text, sizeof text, "123é");
    assert_string_equal(text, "123é");
    refusal_copy_text(text, sizeof text, "");
    assert_string_equal(text, "");
}

static void test_which_port_a_rule_opens(void **state)
{
    (void)state;
    static const struct {
        const char *protocol;
        int64_t from, to;
        bool covers;
    } cases[] = {
        {"tcp", 5439, 5439, true},  {"tcp", 0, 65535, true}, {"6", 5000, 6000, true},
        {"-1", -1, -1, true},       {"tcp", 22, 22, false},  {"tcp", 5440, 65535, false},
        {"udp", 5439, 5439, false}, {"icmp", -1, -1, false}, {"tcp", 22, 5438, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Ec2Rule rule = {.from_port = cases[i].from, .to_port = cases[i].to};
        snprintf(rule.protocol, sizeof rule.protocol, "%s", cases[i].protocol);
        assert_int_equal(ec2_rule_covers(&rule, 5439), cases[i].covers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_form),
        cmocka_unit_test(test_a_form_that_is_too_long),
        cmocka_unit_test(test_refusals_of_the_query_api),
        cmocka_unit_test(test_refusals_of_the_json_api),
        cmocka_unit_test(test_what_refusals_call_for),
        cmocka_unit_test(test_what_refusals_say),
        cmocka_unit_test(test_what_was_signed_is_not_quoted),
        cmocka_unit_test(test_denials),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_texts_of_a_service),
        cmocka_unit_test(test_which_port_a_rule_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
