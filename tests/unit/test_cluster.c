/* SPDX-License-Identifier: Apache-2.0
 *
 * What copyfleet cluster decides by itself: what is wanted, who is let in, what a state means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/cidr.h"
#include "cluster/want.h"
#include "control/redshift.h"

static void test_states(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        ClusterPhase phase;
    } cases[] = {
        {"available", CLUSTER_READY},
        {"available, resize-cleanup", CLUSTER_READY},
        {"creating", CLUSTER_COMING},
        {"modifying", CLUSTER_COMING},
        {"rebooting", CLUSTER_COMING},
        {"resuming", CLUSTER_COMING},
        {"something new", CLUSTER_COMING},
        {"", CLUSTER_COMING},
        {"deleting", CLUSTER_GOING},
        {"final-snapshot", CLUSTER_GOING},
        {"paused", CLUSTER_STUCK},
        {"incompatible-network", CLUSTER_STUCK},
        {"incompatible-restore", CLUSTER_STUCK},
        {"hardware-failure", CLUSTER_STUCK},
        {"storage-full", CLUSTER_STUCK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (redshift_read_phase(cases[i].state) != cases[i].phase)
            fail_msg("'%s' is taken for %d", cases[i].state, redshift_read_phase(cases[i].state));
}

static ErrorKind judge(int status, const char *code, const char *message)
{
    Refusal refusal = {.status = status};
    Error error = {.kind = ERROR_FATAL};
    snprintf(refusal.code, sizeof refusal.code, "%s", code);
    snprintf(refusal.message, sizeof refusal.message, "%s", message);
    redshift_judge_refusal(&refusal, &error);
    return error.kind;
}

static void test_a_role_that_is_not_known_yet(void **state)
{
    (void)state;
    assert_int_equal(judge(400, "InvalidParameterValue", "The IAM role arn:… is not valid"), ERROR_RETRY);
    assert_int_equal(judge(400, "ValidationException", "Invalid IAM Role"), ERROR_RETRY);
    assert_int_equal(judge(400, "InvalidParameterValue", "The port is not valid"), ERROR_FATAL);
    assert_int_equal(judge(403, "AccessDenied", "assumed-role/x is not authorized"), ERROR_FATAL);
    /* JSON APIs deny with 400, and name the role that asked. */
    assert_int_equal(judge(400, "AccessDeniedException", "assumed-role/x is not authorized"), ERROR_FATAL);
}

/* A configuration in which nothing is set but what the test sets; the texts are not freed. */
static Config make_config(void)
{
    static char empty[] = "", identifier[] = "copyfleet";
    return (Config){.warehouse.name = empty,
                    .warehouse.user = empty,
                    .warehouse.password = empty,
                    .warehouse.port = empty,
                    .dwh.cluster_identifier = identifier,
                    .dwh.db = empty,
                    .dwh.db_user = empty,
                    .dwh.db_password = empty,
                    .dwh.iam_role_name = empty};
}

static void test_defaults(void **state)
{
    (void)state;
    Config config = make_config();
    AUTO_CLUSTER_WANT want = {0};
    Error error;
    assert_true(cluster_want_read(&config, "eu-west-1", false, &want, &error));
    assert_string_equal(want.identifier, "copyfleet");
    assert_string_equal(want.owner, "eu-west-1/cluster/copyfleet");
    assert_string_equal(want.role_name, "copyfleet-copyfleet-eu-west-1");
    assert_string_equal(want.group_name, "copyfleet-copyfleet");
    assert_string_equal(want.database, "dev");
    assert_string_equal(want.user, "awsuser");
    assert_string_equal(want.password, "");
    assert_int_equal(want.port, 5439);
    assert_int_equal(want.nodes, 1);
    assert_false(want.is_multi_node);
    assert_false(want.is_serverless);
}

static void test_the_other_section_stands_in(void **state)
{
    (void)state;
    char name[] = "db", user[] = "u", password[] = "p", port[] = "5440", ports[] = "5440,5441", own[] = "own";
    Config config = make_config();
    config.warehouse.name = name, config.warehouse.user = user, config.warehouse.password = password,
    config.warehouse.port = port;
    AUTO_CLUSTER_WANT want = {0};
    AUTO_CLUSTER_WANT other = {0};
    Error error;
    assert_true(cluster_want_read(&config, "eu-west-1", false, &want, &error));
    assert_string_equal(want.database, "db");
    assert_string_equal(want.user, "u");
    assert_string_equal(want.password, "p");
    assert_int_equal(want.port, 5440);
    config.dwh.db = own, config.dwh.db_user = own, config.dwh.db_password = own, config.dwh.iam_role_name = own;
    config.warehouse.port = ports;
    assert_true(cluster_want_read(&config, "eu-west-1", true, &other, &error));
    assert_string_equal(other.database, "own");
    assert_string_equal(other.user, "own");
    assert_string_equal(other.password, "own");
    assert_string_equal(other.role_name, "own");
    assert_string_equal(other.owner, "eu-west-1/serverless/copyfleet");
    assert_int_equal(other.port, 5439);
    assert_true(other.is_serverless);
    cluster_want_done(&other);
    config.dwh.port = 8191;
    assert_true(cluster_want_read(&config, "eu-west-1", false, &other, &error));
    assert_int_equal(other.port, 8191);
}

/* nodes 0: not set; expected -1: refused. */
static void assert_nodes(ClusterType type, int64_t nodes, int64_t expected, bool is_multi_node)
{
    Config config = make_config();
    config.dwh.cluster_type = type;
    config.dwh.num_nodes = nodes;
    AUTO_CLUSTER_WANT want = {0};
    Error error;
    bool is_read = cluster_want_read(&config, "eu-west-1", false, &want, &error);
    assert_int_equal(is_read, expected >= 0);
    if (!is_read) {
        assert_int_equal(error.kind, ERROR_REFUSED);
        return;
    }
    assert_int_equal(want.nodes, expected);
    assert_int_equal(want.is_multi_node, is_multi_node);
    assert_int_equal(want.is_serverless, type == CLUSTER_SERVERLESS);
}

static void test_nodes(void **state)
{
    (void)state;
    assert_nodes(CLUSTER_UNSET, 0, 1, false);
    assert_nodes(CLUSTER_UNSET, 1, 1, false);
    assert_nodes(CLUSTER_UNSET, 4, 4, true);
    assert_nodes(CLUSTER_SINGLE_NODE, 0, 1, false);
    assert_nodes(CLUSTER_SINGLE_NODE, 1, 1, false);
    assert_nodes(CLUSTER_SINGLE_NODE, 2, -1, false);
    assert_nodes(CLUSTER_MULTI_NODE, 0, 2, true);
    assert_nodes(CLUSTER_MULTI_NODE, 1, -1, false);
    assert_nodes(CLUSTER_MULTI_NODE, 2, 2, true);
    assert_nodes(CLUSTER_SERVERLESS, 0, 1, false);
    assert_nodes(CLUSTER_SERVERLESS, 4, 4, false);
}

static void test_identifiers(void **state)
{
    (void)state;
    char longest[64], too_long[65];
    memset(longest, 'a', 63), longest[63] = '\0';
    memset(too_long, 'a', 64), too_long[64] = '\0';
    const char *const good[] = {"abc", "a-b", "a1-2", longest}, *const bad[] = {"",     "ab",    "1ab",  "-ab",
                                                                                "ab-",  "a--b",  "a_bc", "a b",
                                                                                "ab.c", too_long};
    Config config = make_config();
    Error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        AUTO_CLUSTER_WANT want = {0};
        char text[80];
        snprintf(text, sizeof text, "%s", good[i]);
        config.dwh.cluster_identifier = text;
        assert_true(cluster_want_read(&config, "eu-west-1", false, &want, &error));
        assert_true(strlen(want.role_name) <= 64); /* IAM's bound */
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ClusterWant want = {0};
        char text[80];
        snprintf(text, sizeof text, "%s", bad[i]);
        config.dwh.cluster_identifier = text;
        if (cluster_want_read(&config, "eu-west-1", false, &want, &error))
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(error.kind, ERROR_REFUSED);
    }
    char capitals[] = "MyCluster";
    AUTO_CLUSTER_WANT want = {0};
    config.dwh.cluster_identifier = capitals;
    assert_true(cluster_want_read(&config, "eu-west-1", false, &want, &error));
    assert_string_equal(want.identifier, "mycluster");
}

static void test_passwords(void **state)
{
    (void)state;
    char longest[66];
    memset(longest, 'a', 65), longest[0] = 'A', longest[1] = '1', longest[64] = '\0';
    const char *const good[] = {"Passw0rd", "A1bcdefg", "aB3!#$%^&*()-_=+~`", longest};
    Error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!cluster_want_check_password(good[i], &error))
            fail_msg("%s: %s", good[i], error.message);
    char too_long[67];
    memset(too_long, 'a', 66), too_long[0] = 'A', too_long[1] = '1', too_long[65] = '\0';
    const char *const bad[] = {"",          "Passw0r",    "passw0rd",   "PASSW0RD",  "Password",
                               "Pass w0rd", "Passw0rd'",  "Passw0\"",   "Passw0d\\", "Passw0rd/",
                               "Passw0rd@", "Pässw0rdxx", "Passw0rd\n", too_long};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (cluster_want_check_password(bad[i], &error))
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(error.kind, ERROR_REFUSED);
        if (bad[i][0])
            assert_null(strstr(error.message, bad[i]));
    }
}

static void test_who_is_let_in(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cidr;
        bool is_everyone;
    } cases[] = {
        {"198.51.100.7", "198.51.100.7/32", false},
        {"198.51.100.7/24", "198.51.100.0/24", false},
        {"198.51.100.255/25", "198.51.100.128/25", false},
        {"255.255.255.255/1", "128.0.0.0/1", false},
        {"10.1.2.3/31", "10.1.2.2/31", false},
        {"0.0.0.0/0", "0.0.0.0/0", true},
        {"0.0.0.0", "0.0.0.0/32", false},
        {"2001:db8::1", "2001:db8::1/128", false},
        {"2001:DB8:0:0::/33", "2001:db8::/33", false},
        {"2001:db8:ffff::/33", "2001:db8:8000::/33", false},
        {"::/0", "::/0", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char cidr[CLUSTER_CIDR_SIZE];
        bool is_everyone = !cases[i].is_everyone;
        Error error;
        if (!cluster_cidr_read(cases[i].text, cidr, &is_everyone, &error))
            fail_msg("%s: %s", cases[i].text, error.message);
        assert_string_equal(cidr, cases[i].cidr);
        assert_int_equal(is_everyone, cases[i].is_everyone);
    }
}

static void test_what_is_no_cidr(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/",
        "/24",
        "198.51.100",
        "198.51.100.7/",
        "198.51.100.7/33",
        "198.51.100.7/-1",
        "10.0.0.0/0",
        "1.2.3.4/0",
        "0.0.0.0/00",
        "198.51.100.7/08",
        "198.51.100.7/8x",
        "198.51.100.7 /8",
        "198.51.100.256",
        "::1/0",
        "::/00",
        "2001:db8::/129",
        "2001:db8:::/32",
        "198.51.100.7/8/8",
        "everyone",
        "0.0.0.0/0 ",
        "010.1.1.1/99999999999999999999",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char cidr[CLUSTER_CIDR_SIZE];
        bool is_everyone = false;
        Error error;
        if (cluster_cidr_read(texts[i], cidr, &is_everyone, &error))
            fail_msg("'%s' is taken for %s", texts[i], cidr);
        assert_int_equal(error.kind, ERROR_REFUSED);
    }
}

static void test_what_a_service_tells_of_an_address(void **state)
{
    (void)state;
    char cidr[CLUSTER_CIDR_SIZE];
    Error error;
    assert_true(cluster_cidr_of_address("203.0.113.9\n", cidr, &error));
    assert_string_equal(cidr, "203.0.113.9/32");
    assert_true(cluster_cidr_of_address("2001:db8::9 \r\n", cidr, &error));
    assert_string_equal(cidr, "2001:db8::9/128");
    static const char *const texts[] = {"",     "\n",       "0.0.0.0/0",     "0.0.0.0",        "::", "203.0.113.9/24",
                                        "::/0", " 1.2.3.4", "<html></html>", "1.2.3.4 5.6.7.8"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (cluster_cidr_of_address(texts[i], cidr, &error))
            fail_msg("'%s' is taken for %s", texts[i], cidr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),          cmocka_unit_test(test_a_role_that_is_not_known_yet),
        cmocka_unit_test(test_defaults),        cmocka_unit_test(test_the_other_section_stands_in),
        cmocka_unit_test(test_nodes),           cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_passwords),       cmocka_unit_test(test_who_is_let_in),
        cmocka_unit_test(test_what_is_no_cidr), cmocka_unit_test(test_what_a_service_tells_of_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
