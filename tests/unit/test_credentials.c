/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of credentials over an environment and shared files of its own; nothing here asks the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "web/credentials.h"
#include "web/credentials_remote.h"
#include "web/profile.h"

static char folder[] = "/tmp/copyfleet-test-XXXXXX";
static char *credentials_path;
static char *config_path;

static const char credentials_text[] = "# shared\n"
                                       "[default]\n"
                                       "aws_access_key_id = AKDEFAULT\r\n"
                                       "aws_secret_access_key=secret/default+=\n"
                                       "\n"
                                       "[ work ]\n"
                                       "AWS_Access_Key_Id\t=\tAKWORK   # a comment\n"
                                       "aws_secret_access_key = with;semicolon#hash\n"
                                       "aws_session_token = TOKEN\n"
                                       "[half]\n"
                                       "aws_access_key_id = AKHALF\n"
                                       "[twice]\n"
                                       "aws_access_key_id = AK1\n"
                                       "aws_secret_access_key = S1\n"
                                       "[twice]\n"
                                       "aws_access_key_id = AK2\n";

static const char config_text[] = "[default]\n"
                                  "region = eu-west-1\n"
                                  "ca_bundle = /etc/authorities.pem\n"
                                  "[work]\n"
                                  "region = wrong-1\n"
                                  "[profile work]\n"
                                  "s3 =\n"
                                  "  region = nested-1\n"
                                  "region = eu-central-1\n"
                                  "endpoint_url = https://s3.work.local\n"
                                  "[profile sso]\n"
                                  "sso_session = corporate\n"
                                  "[profile config-only]\n"
                                  "aws_access_key_id = AKCONFIG\n"
                                  "aws_secret_access_key = SCONFIG";

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_files(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    credentials_path = memory_format("%s/credentials", folder);
    config_path = memory_format("%s/config", folder);
    write_file(credentials_path, credentials_text);
    write_file(config_path, config_text);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(credentials_path);
    unlink(config_path);
    rmdir(folder);
    free(credentials_path);
    free(config_path);
    return 0;
}

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {
        "AWS_CA_BUNDLE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", credentials_path, 1);
    setenv("AWS_CONFIG_FILE", config_path, 1);
    return 0;
}

static void check_found(const AwsConfig *config, const char *access_key, const char *secret, const char *session_token)
{
    AUTO_CREDENTIALS found = {0};
    Error error;
    if (!credentials_find(config, &found, &error))
        fail_msg("%s", error.message);
    assert_string_equal(found.access_key, access_key);
    assert_string_equal(found.secret, secret);
    if (session_token)
        assert_string_equal(found.session_token, session_token);
    else
        assert_null(found.session_token);
    assert_int_equal(found.expires_s, 0);
    assert_false(credentials_are_stale(&found, INT64_MAX));
}

static void check_refused(const AwsConfig *config, const char *words)
{
    AUTO_CREDENTIALS found = {0};
    Error error;
    assert_false(credentials_find(config, &found, &error));
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_int_equal(error.service, SERVICE_S3);
    if (!strstr(error.message, words))
        fail_msg("'%s' does not say '%s'", error.message, words);
    assert_null(found.access_key);
}

static void test_configuration_first(void **state)
{
    (void)state;
    check_found(&(AwsConfig){.key = "AKCFG", .secret = "SCFG", .profile = "work"}, "AKCFG", "SCFG", NULL);
    check_found(&(AwsConfig){.key = "AKCFG", .secret = "SCFG", .session_token = "T"}, "AKCFG", "SCFG", "T");
    check_found(&(AwsConfig){.key = "AKCFG", .secret = "SCFG", .session_token = ""}, "AKCFG", "SCFG", NULL);
    check_refused(&(AwsConfig){.key = "AKCFG", .secret = ""}, "only one is configured");
    check_refused(&(AwsConfig){.key = "", .secret = "SCFG"}, "only one is configured");
}

/* The configuration has weighed these variables against its other layers; here they must not count again. */
static void test_environment_is_configured(void **state)
{
    (void)state;
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
        "AWS_REGION",        "AWS_DEFAULT_REGION",    "AWS_ENDPOINT_URL",  "AWS_ENDPOINT_URL_S3"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        setenv(names[i], "half", 1);
    const AwsConfig config = {.key = "", .secret = "", .profile = ""};
    check_found(&config, "AKDEFAULT", "secret/default+=", NULL);
    AUTO_FREE char *region = credentials_find_region(&config);
    assert_string_equal(region, "eu-west-1");
    AUTO_FREE char *url = credentials_find_endpoint_url(&config, region);
    assert_string_equal(url, "https://s3.eu-west-1.amazonaws.com");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

static void test_profiles(void **state)
{
    (void)state;
    check_found(&(AwsConfig){0}, "AKDEFAULT", "secret/default+=", NULL);
    check_found(&(AwsConfig){.profile = "twice"}, "AK2", "S1", NULL);
    check_found(&(AwsConfig){.profile = "config-only"}, "AKCONFIG", "SCONFIG", NULL);
    check_found(&(AwsConfig){.profile = "work"}, "AKWORK", "with;semicolon#hash", "TOKEN");
    check_refused(&(AwsConfig){.profile = "half"}, "has only one of");
    check_refused(&(AwsConfig){.profile = "nobody"}, "check its name");
    check_refused(&(AwsConfig){.profile = "sso"}, "uses sso_session");
}

/* Nor may the default profile give way to another identity, such as the instance's. */
static void test_default_profile(void **state)
{
    (void)state;
    static const char *const keys[] = {"sso_session",   "sso_start_url", "credential_process",
                                       "login_session", "role_arn",      "credential_source"};
    AUTO_FREE char *path = memory_format("%s/default-config", folder);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", path, 1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        AUTO_FREE char *text = memory_format("[default]\n%s = value\n", keys[i]);
        AUTO_FREE char *words = memory_format("the AWS profile default uses %s, which copyfleet does not read: put "
                                              "credentials into the environment, as aws configure "
                                              "export-credentials --profile default --format env prints them",
                                              keys[i]);
        write_file(path, text);
        check_refused(&(AwsConfig){0}, words);
        AUTO_FREE char *with_keys = memory_format("%saws_access_key_id = AK\naws_secret_access_key = S\n", text);
        write_file(path, with_keys);
        check_found(&(AwsConfig){0}, "AK", "S", NULL);
    }
    unlink(path);
}

static void test_authorities(void **state)
{
    (void)state;
    AUTO_FREE char *of_profile = credentials_find_authorities(&(AwsConfig){0});
    assert_string_equal(of_profile, "/etc/authorities.pem");
    AUTO_FREE char *of_other = credentials_find_authorities(&(AwsConfig){.profile = "work"});
    assert_null(of_other);
    setenv("AWS_CA_BUNDLE", "/tmp/other.pem", 1);
    AUTO_FREE char *of_environment = credentials_find_authorities(&(AwsConfig){0});
    assert_string_equal(of_environment, "/tmp/other.pem");
    unsetenv("AWS_CA_BUNDLE");
}

static void test_nothing(void **state)
{
    (void)state;
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    check_refused(&(AwsConfig){0}, "there are no AWS credentials");
    setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r", 1);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent", 1);
    check_refused(&(AwsConfig){0}, "/nonexistent cannot be read");
    unsetenv("AWS_ROLE_ARN");
    static const char *const unsafe[] = {"http://example.com/", "http://127.0.0.1.example.com/",
                                         "http://localhost:1@example.com/", "http://169.254.170.254/",
                                         "ftp://localhost/"};
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++) {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", unsafe[i], 1);
        check_refused(&(AwsConfig){0}, "neither https nor on this machine");
    }
}

static void test_region(void **state)
{
    (void)state;
    const struct {
        const char *region, *profile, *expected;
    } cases[] = {
        {"cfg-1", "work", "cfg-1"},
        {"", "work", "eu-central-1"},
        {"", "", "eu-west-1"},
        {"", "half", "us-east-1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AwsConfig config = {.region = (char *)cases[i].region, .profile = (char *)cases[i].profile};
        AUTO_FREE char *region = credentials_find_region(&config);
        assert_string_equal(region, cases[i].expected);
    }
}

static void check_endpoint(AwsConfig config, const char *expected)
{
    AUTO_FREE char *url = credentials_find_endpoint_url(&config, "eu-west-1");
    assert_string_equal(url, expected);
}

static void test_endpoint(void **state)
{
    (void)state;
    check_endpoint((AwsConfig){0}, "https://s3.eu-west-1.amazonaws.com");
    check_endpoint((AwsConfig){.profile = "work"}, "https://s3.work.local");
    check_endpoint((AwsConfig){.endpoint_url = "http://cfg.local"}, "http://cfg.local");
    check_endpoint((AwsConfig){.profile = "work", .endpoint_url = "http://cfg.local"}, "http://cfg.local");
}

static void test_json(void **state)
{
    (void)state;
    AUTO_CREDENTIALS found = {0};
    Error error;
    assert_true(
        credentials_remote_parse_json(SLICE("{\"Code\":\"Success\",\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"S\","
                                            "\"Token\":\"T\",\"Expiration\":\"2018-11-12T09:30:00Z\"}"),
                                      &found, &error));
    assert_string_equal(found.access_key, "AK");
    assert_string_equal(found.secret, "S");
    assert_string_equal(found.session_token, "T");
    assert_int_equal(found.expires_s, 1542015000);
    assert_false(credentials_are_stale(&found, 1542015000 - 301));
    assert_true(credentials_are_stale(&found, 1542015000 - 299));

    AUTO_CREDENTIALS nothing = {0};
    static const char *const bad[] = {
        "", "[]", "{}", "{\"AccessKeyId\":\"AK\"}", "{\"AccessKeyId\":1}", "{\"AccessKeyI"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(credentials_remote_parse_json(slice_from_text(bad[i]), &nothing, &error));
    assert_null(nothing.access_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_configuration_first, clear_environment),
        cmocka_unit_test_setup(test_environment_is_configured, clear_environment),
        cmocka_unit_test_setup(test_profiles, clear_environment),
        cmocka_unit_test_setup(test_default_profile, clear_environment),
        cmocka_unit_test_setup(test_authorities, clear_environment),
        cmocka_unit_test_setup(test_nothing, clear_environment),
        cmocka_unit_test_setup(test_region, clear_environment),
        cmocka_unit_test_setup(test_endpoint, clear_environment),
        cmocka_unit_test_setup(test_json, clear_environment),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
