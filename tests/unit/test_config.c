/* SPDX-License-Identifier: Apache-2.0
 *
 * What a file says of the configuration, and what is printed of it. The vectors: NAME.cfg is read in an empty
 * environment, and gives NAME.mistakes or NAME.print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_checks.h"
#include "vectors.h"

static char *print(const Config *config)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    config_print(config, stream);
    fclose(stream);
    return text;
}

static void test_file_of_such_projects(void **state)
{
    (void)state;
    static const char *const paths[] = {"unquoted.cfg", "quoted.cfg", "lower.cfg",
                                        "crlf.cfg",     "bom.cfg",    "indented.cfg"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        AUTO_CONFIG config = {0};
        load(paths[i], &config);
        assert_string_equal(config.warehouse.host, "dwhcluster.example.us-west-2.redshift.amazonaws.com");
        assert_string_equal(config.warehouse.name, "dwh");
        assert_string_equal(config.warehouse.user, "dwhuser");
        assert_string_equal(config.warehouse.password, "Passw0rd");
        assert_string_equal(config.warehouse.port, "5439");
        assert_string_equal(config.warehouse.role_arn, "arn:aws:iam::123456789012:role/dwhRole");
        assert_int_equal(config.dataset_count, 2);
        const Dataset *events = find_dataset(&config, "events"), *songs = find_dataset(&config, "songs");
        assert_string_equal(events->location, "s3://example-bucket/log_data");
        assert_string_equal(events->json, "s3://example-bucket/log_json_path.json");
        assert_int_equal(events->mapping, DATASET_JSON_PATHS);
        assert_string_equal(events->table, "staging_events");
        assert_int_equal(events->time_format, DATASET_TIME_EPOCH_MILLISECONDS);
        assert_int_equal(events->max_errors, 0);
        assert_string_equal(songs->location, "s3://example-bucket/song_data");
        assert_string_equal(songs->json, "auto");
        assert_int_equal(songs->mapping, DATASET_JSON_AUTO);
        assert_int_equal(songs->time_format, DATASET_TIME_AUTO);
        assert_null(find_dataset(&config, "others"));
    }
}

static void assert_partition(const Config *config, const char *dataset, const char *key, const char *expected)
{
    regex_t pattern;
    assert_int_equal(regcomp(&pattern, find_dataset(config, dataset)->partition, REG_EXTENDED), 0);
    regmatch_t matches[3];
    char partition[64] = "";
    assert_int_equal(regexec(&pattern, key, 3, matches, 0), 0);
    for (size_t i = 1; i < 3 && matches[i].rm_so >= 0; i++)
        snprintf(partition + strlen(partition), sizeof partition - strlen(partition), "%s%.*s", i > 1 ? "/" : "",
                 (int)(matches[i].rm_eo - matches[i].rm_so), key + matches[i].rm_so);
    assert_string_equal(partition, expected);
    regfree(&pattern);
}

static void test_partitions_of_built_in_datasets(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load("unquoted.cfg", &config);
    assert_partition(&config, "events", "log_data/2018/11/2018-11-12-events.json", "2018-11-12");
    assert_partition(&config, "events", "2017-01-01-a/2018-11-12-events.json.gz", "2018-11-12");
    assert_partition(&config, "songs", "song_data/A/B/C/TRABCEI128F424C983.json", "A/B");
}

static void test_infrastructure_keys(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load("infrastructure.cfg", &config);
    assert_string_equal(config.aws.key, "AKIAIOSFODNN7EXAMPLE");
    assert_string_equal(config.aws.secret, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assert_string_equal(config.warehouse.host, "");
    assert_int_equal(config.dwh.cluster_type, CLUSTER_MULTI_NODE);
    assert_int_equal(config.dwh.num_nodes, 4);
    assert_string_equal(config.dwh.node_type, "dc2.large");
    assert_int_equal(config.dwh.base_capacity, 8);
    assert_string_equal(config.dwh.cluster_identifier, "dwhCluster");
    assert_string_equal(config.dwh.db, "dwh");
    assert_string_equal(config.dwh.db_user, "dwhuser");
    assert_string_equal(config.dwh.db_password, "Passw0rd");
    assert_int_equal(config.dwh.port, 5439);
    assert_string_equal(config.dwh.iam_role_name, "dwhRole");
    assert_int_equal(config.dwh.iam_policy, IAM_POLICY_BUCKETS);
    assert_int_equal(config.dataset_count, 0);
}

static void test_defaults(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load(NULL, &config);
    assert_string_equal(config.kafka.topic_tasks, "copyfleet.tasks");
    assert_string_equal(config.kafka.bootstrap_servers, "");
    assert_string_equal(config.aws.endpoint_url, "");
    assert_string_equal(config.warehouse.sql_dir, "");
    assert_int_equal(config.fleet.log_level, LOG_INFO);
    assert_false(config.aws.path_style);
    assert_int_equal(config.fleet.task_bytes_max, 64 << 20);
    assert_int_equal(config.kafka.replication_factor, -1);
    assert_int_equal(config.fleet.executors, 4);
    assert_int_equal(config.fleet.dispatch_repeat.ms, 15000);
    assert_int_equal(config.fleet.pass_interval.ms, 60000);
    assert_int_equal(config.fleet.outage_backoff.base_ms, 200);
    assert_int_equal(config.fleet.outage_backoff.wait_ms_max, 5000);
    assert_int_equal(config.aws.patience.connect_timeout.ms, 10000);
    assert_int_equal(config.aws.patience.attempts_max, 10);
    assert_int_equal(config.warehouse.patience.stall.ms, 60000);
    assert_int_equal(config.warehouse.patience.backoff.wait_ms_max, 60000);
    assert_int_equal(config.warehouse.kind, WAREHOUSE_POSTGRES);
    assert_int_equal(config.dwh.cluster_type, CLUSTER_UNSET);
    assert_int_equal(config.dataset_count, 0);
    assert_int_equal(config.kafka.option_count, 0);
}

static void test_odd_values(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load("odd.cfg", &config);
    assert_string_equal(config.aws.endpoint_url, "HTTP://127.0.0.1:9000");
    assert_true(config.aws.path_style);
    assert_string_equal(config.aws.secret, "${AWS.KEY} % ; = # 'x'");
    assert_string_equal(config.aws.key, "'quoted'");
    assert_string_equal(config.warehouse.password, "50% = 50% ; ${not.a.reference}");
    assert_string_equal(config.warehouse.port, "");
    assert_string_equal(config.warehouse.sslmode, "verify-full");
    assert_string_equal(config.warehouse.user, "later");
    assert_int_equal(config.fleet.task_bytes_max, 512 << 10);
    assert_int_equal(config.fleet.log_level, LOG_DEBUG);

    assert_int_equal(config.kafka.option_count, 3);
    assert_string_equal(config.kafka.options[0].name, "Case");
    assert_string_equal(config.kafka.options[0].value, "Kept");
    assert_string_equal(config.kafka.options[1].name, "client.rack");
    assert_string_equal(config.kafka.options[1].value, "${rack}");
    assert_string_equal(config.kafka.options[2].value, "${x");

    const Dataset *events = find_dataset(&config, "events"), *extra = find_dataset(&config, "extra_2");
    assert_string_equal(events->location, "s3://example-bucket/a s3://example-bucket/other s3://third.bucket/c=d");
    assert_string_equal(events->table, "staging_events");
    assert_string_equal(events->json, "auto");
    assert_int_equal(events->max_errors, 7);
    assert_string_equal(extra->location, events->location);
    assert_string_equal(extra->table, "raw.extra");
    assert_string_equal(extra->json, "auto ignorecase");
    assert_int_equal(extra->mapping, DATASET_JSON_AUTO_IGNORECASE);
}

static void test_print(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load("odd.cfg", &config);
    AUTO_FREE char *text = print(&config);
    AUTO_BUFFER expected;
    vectors_read("odd.print", &expected);
    assert_string_equal(text, expected.data);
}

/* What is printed can be read again, and then prints the same but for where it came from; only secrets are lost. */
static void test_print_again(void **state)
{
    (void)state;
    char path[] = "/tmp/test_config_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    AUTO_BUFFER expected;
    vectors_read("odd.print", &expected);
    assert_int_equal(write(file, expected.data, expected.length), expected.length);
    close(file);
    AUTO_CONFIG again = {0};
    load(path, &again);
    unlink(path);
    AUTO_FREE char *text = print(&again);
    const char *line = text, *expected_line = expected.data;
    while (*line && *expected_line) {
        size_t length = strcspn(line, "\n");
        if (*line != '#')
            assert_memory_equal(line, expected_line, length + 1);
        line += length + 1;
        expected_line += strcspn(expected_line, "\n") + 1;
    }
    assert_string_equal(line, expected_line);
}

static void test_everything_wrong(void **state)
{
    (void)state;
    AUTO_BUFFER expected;
    vectors_read("wrong.mistakes", &expected);
    assert_null(strstr(expected.data, "hunter2"));
    assert_mistakes("wrong.cfg", expected.data);
}

static void test_redshift(void **state)
{
    (void)state;
    AUTO_CONFIG config = {0};
    load("redshift.cfg", &config);
    assert_int_equal(config.warehouse.kind, WAREHOUSE_REDSHIFT);
    assert_string_equal(config.warehouse.port, "5439");
    assert_string_equal(config.warehouse.manifest_prefix, "s3://example-bucket/manifests");
    assert_true(config.fleet.task_bytes_max == 16LL << 30);
    assert_int_equal(config.fleet.task_objects_max, 20000);
    assert_mistakes("redshift_inside.cfg", "redshift_inside.cfg:8: [S3] MANIFEST_PREFIX: "
                                           "'s3://example-bucket/log_data/manifests' is in the LOCATION of "
                                           "dataset events, which would load it: take another prefix\n");
    assert_mistakes("redshift_wrong.cfg",
                    "redshift_wrong.cfg:3: [CLUSTER] WAREHOUSE: redshift is told by manifests what to load: set [S3] "
                    "MANIFEST_PREFIX = s3://bucket/prefix\n"
                    "redshift_wrong.cfg:8: [dataset events] ON_UNKNOWN: 'rescue' is beyond Redshift's COPY, which can "
                    "only ignore\n");
}

static void test_no_text(void **state)
{
    (void)state;
    assert_mistakes("binary.cfg", "binary.cfg: is not a text file, or not one in UTF-8\n");
    assert_mistakes("control.cfg", "control.cfg:2: holds a control character: not a text file?\n");
    assert_mistakes("absent.cfg", "absent.cfg: cannot be read: No such file or directory\n");
    assert_mistakes("/", "/: cannot be read: Is a directory\n");
}

static void test_long_value(void **state)
{
    (void)state;
    char path[] = "/tmp/test_config_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    fprintf(stream, "[KAFKA]\nlibrdkafka.long = %09000d", 1);
    fclose(stream);
    AUTO_CONFIG config = {0};
    load(path, &config);
    unlink(path);
    assert_int_equal(strlen(config.kafka.options[0].value), 9000);
}

/* What a configuration says of itself: its mistakes, or what --print-config prints. */
static char *say(const char *text)
{
    char path[] = "/tmp/test_config_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    fputs(text, stream);
    fclose(stream);
    Error error;
    AUTO_CONFIG config = {0};
    char *mistakes = NULL;
    bool is_loaded = config_load(path, &config, &mistakes, &error);
    unlink(path);
    return is_loaded ? print(&config) : mistakes;
}

#define AWS_KEY "AKIAIOSFODNN7EXAMPLE"
#define AWS_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/* Each with "hunter2X" or one of AWS in it, where it does not belong, and what is said all the same. */
static const char *const misplaced[][2] = {
    {"[KAFKA]\nlibrdkafka.sasl.pasword = hunter2X\n", "librdkafka.sasl.pasword = ********"},
    {"[KAFKA]\nlibrdkafka.sasl.username = " AWS_KEY "\n", "librdkafka.sasl.username = ********"},
    {"[KAFKA]\nlibrdkafka.something = hunter2X\n", "librdkafka.something = ********"},
    {"[CLUSTER]\nDB_PASSWORD = hunter2X\nDB_USER = hunter2X\n", "DB_USER = ********"},
    {"[CLUSTER]\nDB_PASSWORD = hunter2X\nDB_NAME = at-hunter2X\n", "DB_NAME = ********"},
    {"[CLUSTER]\nDB_PASSWORD = hunter2X\nDB_PORT = hunter2X\n", "DB_PORT: '********' is no port"},
    {"[CLUSTER]\nHOST = postgresql://loader:hunter2X@dwh/db\n", "HOST: holds a user or a password"},
    {"[CLUSTER]\nDB_NAME = host=dwh password=hunter2X\n", "DB_NAME: holds a user or a password"},
    {"[CLUSTER]\nDB_PORT = postgresql://loader:hunter2X@dwh/db\n", "DB_PORT: holds a user or a password"},
    {"[KAFKA]\nBOOTSTRAP_SERVERS = SASL_SSL://loader:hunter2X@kafka:9092\n",
     "BOOTSTRAP_SERVERS: holds a user or a password"},
    {"[S3]\nLOG_DATA = s3://loader:hunter2X@bucket/log\n", "LOG_DATA: holds a user or a password"},
    {"[FLEET]\nEXECUTORS = postgresql://loader:hunter2X@dwh/db\n", "EXECUTORS: '********' is no integer"},
    {"[FLEET]\nEXECUTORS = " AWS_SECRET "\n", "EXECUTORS: '********' is no integer"},
    {"[FLEET]\nTASK_BYTES_MAX = " AWS_KEY "\n", "TASK_BYTES_MAX: '********' is no number"},
    {"[KAFKA]\nTOPIC_TASKS = " AWS_SECRET "\n", "TOPIC_TASKS: '********' is no topic"},
    {"[AWS]\nREGION = " AWS_SECRET "\n", "REGION = ********"},
    {"[AWS]\nSECRET_KEY = " AWS_SECRET "\n", "[AWS] SECRET_KEY: no such key"},
    {"[AWS]\n" AWS_KEY " = " AWS_SECRET "\n", "[AWS] ********: no such key"},
    {"[AWS]\nSECRET hunter2X = \n", "[AWS] SECRET …: no such key"},
    {"[AWS]\nSECRT = hunter2X\n", "did you mean SECRET?"},
    {"[" AWS_KEY "]\nSECRET = hunter2X\n", "[********]: no such section"},
    {"[CLUSTR]\nDB_PASSWORD = hunter2X\n", "did you mean [CLUSTER]?"},
};

static void test_misplaced_secrets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misplaced / sizeof *misplaced; i++) {
        AUTO_FREE char *said = say(misplaced[i][0]);
        if (!strstr(said, misplaced[i][1]))
            fail_msg("%s says not %s but %s", misplaced[i][0], misplaced[i][1], said);
        if (strstr(said, "hunter2X") || strstr(said, AWS_KEY) || strstr(said, AWS_SECRET))
            fail_msg("%s tells its secret: %s", misplaced[i][0], said);
    }
}

static void test_what_is_no_secret_is_shown(void **state)
{
    (void)state;
    static const char text[] = "[AWS]\nREGION = eu-central-1\nPROFILE = loaders\n"
                               "[CLUSTER]\nDB_PASSWORD = dwh\nHOST = dwh.example.com\n"
                               "[KAFKA]\nlibrdkafka.security.protocol = SASL_SSL\nlibrdkafka.socket.timeout.ms = 9000\n"
                               "[S3]\nLOG_DATA = s3://bucket/a/key@of:odd@letters/\n";
    AUTO_FREE char *said = say(text);
    static const char *const shown[] = {"REGION = eu-central-1",
                                        "PROFILE = loaders",
                                        "HOST = dwh.example.com",
                                        "librdkafka.security.protocol = SASL_SSL",
                                        "librdkafka.socket.timeout.ms = 9000",
                                        "LOCATION = s3://bucket/a/key@of:odd@letters/"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (!strstr(said, shown[i]))
            fail_msg("%s is not in %s", shown[i], said);
}

static void test_reference(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    config_print_reference(stream);
    fclose(stream);
    assert_non_null(strstr(text, "| `[FLEET]` | `EXECUTORS` | 1 to 64 | `4` | "));
    assert_non_null(strstr(text, "| `[AWS]` | `REGION` | text | | "));
    assert_non_null(strstr(text, "Also `AWS_REGION`, `AWS_DEFAULT_REGION` |\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        size_t bars = 0;
        for (const char *c = line; *c != '\n'; c++)
            bars += *c == '|';
        assert_int_equal(bars, 6);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_file_of_such_projects, set_up),
        cmocka_unit_test_setup(test_partitions_of_built_in_datasets, set_up),
        cmocka_unit_test_setup(test_infrastructure_keys, set_up),
        cmocka_unit_test_setup(test_defaults, set_up),
        cmocka_unit_test_setup(test_odd_values, set_up),
        cmocka_unit_test_setup(test_print, set_up),
        cmocka_unit_test_setup(test_print_again, set_up),
        cmocka_unit_test_setup(test_everything_wrong, set_up),
        cmocka_unit_test_setup(test_redshift, set_up),
        cmocka_unit_test_setup(test_no_text, set_up),
        cmocka_unit_test_setup(test_long_value, set_up),
        cmocka_unit_test_setup(test_misplaced_secrets, set_up),
        cmocka_unit_test_setup(test_what_is_no_secret_is_shown, set_up),
        cmocka_unit_test_setup(test_reference, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
