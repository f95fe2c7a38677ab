/* SPDX-License-Identifier: Apache-2.0
 *
 * What the environment says of the configuration: which of its variables stand above a file, and which below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "config_checks.h"

static void test_environment(void **state)
{
    (void)state;
    setenv("COPYFLEET_CONFIG", "unquoted.cfg", 1);
    setenv("COPYFLEET_FLEET_EXECUTORS", "7", 1);
    setenv("COPYFLEET_IAM_ROLE_ARN", "arn:other", 1);
    setenv("COPYFLEET_DATASET_EVENTS_MAX_ERRORS", "3", 1);
    setenv("COPYFLEET_DATASET_MORE_PLAYS_LOCATION", "${S3.MORE}/x", 1);
    setenv("COPYFLEET_DATASET_MORE_PLAYS_TABLE", "more", 1);
    setenv("COPYFLEET_S3_MORE", "s3://more-bucket", 1);
    setenv("COPYFLEET_KAFKA_LIBRDKAFKA_SASL_MECHANISM", "PLAIN", 1);
    setenv("COPYFLEET_KAFKA_LIBRDKAFKA_SSL__KEY", "x", 1);
    setenv("COPYFLEET_CLUSTER_DB_PORT", "", 1);
    setenv("PGHOST", "pg.example", 1);
    setenv("PGPASSWORD", "${x}%%", 1);
    setenv("PGUSER", "", 1);
    setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
    setenv("AWS_ENDPOINT_URL", "https://s3.us-west-2.amazonaws.com", 1);
    AUTO_CONFIG config = {0};
    load(NULL, &config);
    assert_int_equal(config.fleet.executors, 7);
    assert_string_equal(config.warehouse.role_arn, "arn:other");
    assert_int_equal(find_dataset(&config, "events")->max_errors, 3);
    assert_string_equal(find_dataset(&config, "more_plays")->location, "s3://more-bucket/x");
    assert_string_equal(config.kafka.options[0].name, "sasl.mechanism");
    assert_string_equal(config.kafka.options[1].name, "ssl_key");
    assert_string_equal(config.warehouse.port, "5439");
    assert_string_equal(config.warehouse.host, "pg.example");
    assert_string_equal(config.warehouse.password, "${x}%%");
    assert_string_equal(config.warehouse.user, "dwhuser");
    assert_string_equal(config.aws.region, "eu-west-1");
    assert_false(config.aws.path_style);

    setenv("AWS_REGION", "eu-west-2", 1);
    setenv("AWS_ENDPOINT_URL_S3", "http://localhost:1", 1);
    setenv("COPYFLEET_CLUSTER_HOST", "own.example", 1);
    AUTO_CONFIG other = {0};
    load(NULL, &other);
    assert_string_equal(other.aws.region, "eu-west-2");
    assert_string_equal(other.aws.endpoint_url, "http://localhost:1");
    assert_true(other.aws.path_style);
    assert_string_equal(other.warehouse.host, "own.example");
}

static void test_environment_mistakes(void **state)
{
    (void)state;
    setenv("COPYFLEET_FLEET_EXECUTER", "7", 1);
    setenv("COPYFLEET_FLEET_STALL_S", "7\n", 1);
    setenv("COPYFLEET_CLUSTER_DB_PASSWORD", "hunter2\n", 1);
    setenv("COPYFLEET_DATASET_9_TABLE", "x", 1);
    setenv("COPYFLEET_WHATEVER", "", 1);
    setenv("COPYFLEET_S3_SONG_DATE", "s3://bucket", 1);
    setenv("PGPORT", "x", 1);
    assert_mistakes(NULL,
                    "environment COPYFLEET_CLUSTER_DB_PASSWORD: holds a line break or another control character\n"
                    "environment COPYFLEET_DATASET_9_TABLE: no configuration key is called so\n"
                    "environment COPYFLEET_FLEET_EXECUTER: no configuration key is called so; did you mean "
                    "COPYFLEET_FLEET_EXECUTORS?\n"
                    "environment COPYFLEET_FLEET_STALL_S: '7?' is no integer\n"
                    "environment COPYFLEET_S3_SONG_DATE: no value refers to ${S3.SONG_DATE}; did you mean SONG_DATA?\n"
                    "environment COPYFLEET_WHATEVER: no configuration key is called so\n"
                    "environment PGPORT: 'x' is no port, 1 to 65535\n");
}

/* Each doubles the one before: a gigabyte, were there no bound. */
static void test_growing_references(void **state)
{
    (void)state;
    setenv("COPYFLEET_S3_A", "0123456789abcdef", 1);
    setenv("COPYFLEET_S3_B", "${S3.A}${S3.A}${S3.A}${S3.A}${S3.A}${S3.A}${S3.A}${S3.A}", 1);
    setenv("COPYFLEET_S3_C", "${S3.B}${S3.B}${S3.B}${S3.B}${S3.B}${S3.B}${S3.B}${S3.B}", 1);
    setenv("COPYFLEET_S3_D", "${S3.C}${S3.C}${S3.C}${S3.C}${S3.C}${S3.C}${S3.C}${S3.C}", 1);
    setenv("COPYFLEET_S3_E", "${S3.D}${S3.D}${S3.D}${S3.D}${S3.D}${S3.D}${S3.D}${S3.D}", 1);
    setenv("COPYFLEET_S3_F", "${S3.E}${S3.E}${S3.E}${S3.E}${S3.E}${S3.E}${S3.E}${S3.E}", 1);
    setenv("COPYFLEET_FLEET_SQL_DIR", "${S3.F}", 1);
    assert_mistakes(NULL, "environment COPYFLEET_S3_F: is longer than 65536 bytes\n");
}

static void test_credentials_are_not_mixed(void **state)
{
    (void)state;
    setenv("AWS_SESSION_TOKEN", "stray", 1);
    AUTO_CONFIG file = {0};
    load("infrastructure.cfg", &file);
    assert_string_equal(file.aws.key, "AKIAIOSFODNN7EXAMPLE");
    assert_string_equal(file.aws.session_token, "");

    setenv("AWS_ACCESS_KEY_ID", "AKIATOOLS", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "tools", 1);
    AUTO_CONFIG tools = {0};
    load("infrastructure.cfg", &tools);
    assert_string_equal(tools.aws.key, "AKIATOOLS");
    assert_string_equal(tools.aws.secret, "tools");
    assert_string_equal(tools.aws.session_token, "stray");

    setenv("COPYFLEET_AWS_KEY", "AKIAOWN", 1);
    assert_mistakes("infrastructure.cfg",
                    "environment COPYFLEET_AWS_KEY: set without the SECRET that belongs to it, at "
                    "the same place\n");
    setenv("COPYFLEET_AWS_SECRET", "own", 1);
    AUTO_CONFIG own = {0};
    load("infrastructure.cfg", &own);
    assert_string_equal(own.aws.key, "AKIAOWN");
    assert_string_equal(own.aws.secret, "own");
    assert_string_equal(own.aws.session_token, "");
}

/* libpq resolves a service below explicit parameters and above PG*. */
static void test_service(void **state)
{
    (void)state;
    setenv("PGSERVICE", "mine", 1);
    setenv("PGHOST", "pg.example", 1);
    setenv("COPYFLEET_CLUSTER_DB_USER", "own", 1);
    AUTO_CONFIG config = {0};
    load("unquoted.cfg", &config);
    assert_string_equal(config.warehouse.host, "");
    assert_string_equal(config.warehouse.password, "");
    assert_string_equal(config.warehouse.user, "own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_environment, set_up),
        cmocka_unit_test_setup(test_environment_mistakes, set_up),
        cmocka_unit_test_setup(test_growing_references, set_up),
        cmocka_unit_test_setup(test_credentials_are_not_mixed, set_up),
        cmocka_unit_test_setup(test_service, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
