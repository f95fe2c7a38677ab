/* SPDX-License-Identifier: Apache-2.0 */
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
#include "config/config.h"
#include "config/secrets.h"

static char path[] = "/tmp/copyfleet-secrets-XXXXXX";

static void write_file(const char *text)
{
    FILE *stream = fopen(path, "we");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static int make_file(void **state)
{
    (void)state;
    clearenv();
    int descriptor = mkstemp(path);
    return descriptor < 0 || close(descriptor) != 0;
}

static void load(Config *config)
{
    Error error;
    AUTO_FREE char *mistakes = NULL;
    if (!config_load(path, config, &mistakes, &error))
        fail_msg("%s: %s", error.message, mistakes);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void assert_secrets(const Config *config, const char *aws_key, const char *db_password,
                           const char *kafka_password)
{
    AUTO_AWS_SECRETS aws;
    secrets_copy_aws(&config->aws, &aws);
    AUTO_WIPE db = secrets_copy_warehouse_password(&config->warehouse);
    AUTO_WIPE kafka = secrets_copy_kafka_password(&config->kafka);
    assert_string_equal(aws.key, aws_key);
    assert_string_equal(db, db_password);
    assert_string_equal(kafka, kafka_password);
}

#define FILE_TEXT(number)                                                                                              \
    "[AWS]\nKEY = key" number "\nSECRET = secret" number "\n[CLUSTER]\nDB_USER = user" number                          \
    "\nDB_PASSWORD = password" number "\n[KAFKA]\nlibrdkafka.sasl.password = kafka" number "\n"

static void test_the_file_is_read_again_after_a_refusal(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    write_file(FILE_TEXT("1"));
    load(&config);
    write_file(FILE_TEXT("2"));
    assert_secrets(&config, "key1", "password1", "kafka1");
    secrets_note_refused(config.secrets);
    assert_secrets(&config, "key2", "password2", "kafka2");
    assert_string_equal(config.warehouse.user, "user1"); /* nothing but secrets */
    write_file(FILE_TEXT("3"));
    assert_secrets(&config, "key2", "password2", "kafka2");
    secrets_note_refused(config.secrets);
    assert_secrets(&config, "key3", "password3", "kafka3");
}

static void test_a_file_with_mistakes_changes_nothing(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    write_file(FILE_TEXT("1"));
    load(&config);
    write_file(FILE_TEXT("2") "[FLEET]\nEXECUTORS = many\n");
    secrets_note_refused(config.secrets);
    assert_secrets(&config, "key1", "password1", "kafka1");
}

static void test_the_environment_stays(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    write_file(FILE_TEXT("1"));
    setenv("PGPASSWORD", "environments", 1);
    load(&config);
    write_file(FILE_TEXT("2"));
    secrets_note_refused(config.secrets);
    assert_secrets(&config, "key2", "environments", "kafka2");
    unsetenv("PGPASSWORD");
}

static void test_a_configuration_of_no_file(void **state)
{
    (void)state;
    char password[] = "password";
    Config config = {.warehouse.password = password};
    secrets_note_refused(config.secrets);
    assert_secrets(&config, "", "password", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_is_read_again_after_a_refusal),
        cmocka_unit_test(test_a_file_with_mistakes_changes_nothing),
        cmocka_unit_test(test_the_environment_stays),
        cmocka_unit_test(test_a_configuration_of_no_file),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
