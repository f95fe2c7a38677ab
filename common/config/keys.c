/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include "base/limits.h"
#include "config/config.h"

#define ROW(section_name, key_name, key_type, field)                                                                   \
    .section = SECTION_##section_name, .name = (key_name), .type = (key_type), .offset = offsetof(Config, field)
#define DATASET_ROW(key_name, key_type, field)                                                                         \
    .section = SECTION_DATASET, .name = (key_name), .type = (key_type), .offset = offsetof(Dataset, field)
#define CHOICES(...) .choices = {__VA_ARGS__}
#define RANGE(low, high) .minimum = (low), .maximum = (high)

const char *const config_section_names[SECTIONS] = {
    [SECTION_S3] = "S3",   [SECTION_AWS] = "AWS",     [SECTION_CLUSTER] = "CLUSTER", [SECTION_IAM_ROLE] = "IAM_ROLE",
    [SECTION_DWH] = "DWH", [SECTION_KAFKA] = "KAFKA", [SECTION_FLEET] = "FLEET",     [SECTION_DATASET] = "dataset",
};

const Key config_keys[] = {
    {ROW(AWS, "KEY", KEY_TEXT, aws.key), .is_secret = true, .environment = {"AWS_ACCESS_KEY_ID"},
     .help = "Access key id. Empty: the AWS tools' chain (profile files, web identity, container, instance). KEY, "
             "SECRET and SESSION_TOKEN come from one source together, never mixed"},
    {ROW(AWS, "SECRET", KEY_TEXT, aws.secret), .is_secret = true, .environment = {"AWS_SECRET_ACCESS_KEY"},
     .help = "Secret access key, together with KEY"},
    {ROW(AWS, "SESSION_TOKEN", KEY_TEXT, aws.session_token), .is_secret = true, .environment = {"AWS_SESSION_TOKEN"},
     .help = "Session token of temporary credentials"},
    {ROW(AWS, "REGION", KEY_TEXT, aws.region), .environment = {"AWS_REGION", "AWS_DEFAULT_REGION"},
     .help = "Region of the bucket. Empty: as in the AWS tools' configuration files"},
    {ROW(AWS, "PROFILE", KEY_TEXT, aws.profile), .environment = {"AWS_PROFILE"},
     .help = "Profile in the shared credentials and config files: its keys, region, endpoint_url and ca_bundle are "
             "read, and SSO, credential_process and role_arn are not"},
    {ROW(AWS, "ENDPOINT_URL", KEY_URL, aws.endpoint_url), .environment = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"},
     .help = "S3 server that is not Amazon's, as `http://127.0.0.1:9000`. Empty: Amazon S3"},
    {ROW(AWS, "PATH_STYLE", KEY_BOOLEAN, aws.path_style),
     .help = "`https://host/bucket/key` in place of `https://bucket.host/key`. Empty: yes if ENDPOINT_URL is not "
             "Amazon's"},

    {ROW(CLUSTER, "HOST", KEY_TEXT, warehouse.host), .environment = {"PGHOST"},
     .help = "Host of the warehouse. Empty, as for all of [CLUSTER]: libpq's conventions (service, password file, "
             "socket)"},
    {ROW(CLUSTER, "DB_NAME", KEY_TEXT, warehouse.name), .environment = {"PGDATABASE"}, .help = "Database"},
    {ROW(CLUSTER, "DB_USER", KEY_TEXT, warehouse.user), .environment = {"PGUSER"}, .help = "User"},
    {ROW(CLUSTER, "DB_PASSWORD", KEY_TEXT, warehouse.password), .is_secret = true, .environment = {"PGPASSWORD"},
     .help = "Password"},
    {ROW(CLUSTER, "DB_PORT", KEY_PORTS, warehouse.port), .environment = {"PGPORT"},
     .help = "Port. Empty: libpq's own, 5432; on Redshift 5439"},
    {ROW(CLUSTER, "DB_SSLMODE", KEY_WORD, warehouse.sslmode), .environment = {"PGSSLMODE"},
     CHOICES("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
     .help = "TLS, as libpq's sslmode. Empty: libpq's own; on Redshift `verify-full`"},
    {ROW(CLUSTER, "DB_SSLROOTCERT", KEY_TEXT, warehouse.sslrootcert), .environment = {"PGSSLROOTCERT"},
     .help = "File of the certificate authorities to trust. Empty: libpq's own; on Redshift the system's"},
    {ROW(CLUSTER, "WAREHOUSE", KEY_CHOICE, warehouse.kind), .fallback = "postgres", CHOICES("postgres", "redshift"),
     .help = "What kind of server that is; it is asked, too"},
    {ROW(CLUSTER, "MANIFEST_PREFIX", KEY_LOCATIONS, warehouse.manifest_prefix),
     .help =
         "`s3://bucket/prefix` for what Redshift's COPY is to read: manifests and listings, removed when their run is "
         "done. From `[S3] MANIFEST_PREFIX`"},

    {ROW(IAM_ROLE, "ARN", KEY_TEXT, warehouse.role_arn),
     .help = "Role that Redshift's COPY reads the buckets with. Empty, or "
             "`default`: the cluster's default role; PostgreSQL needs "
             "none"},

    {ROW(DWH, "DWH_CLUSTER_TYPE", KEY_CHOICE, dwh.cluster_type), CHOICES("single-node", "multi-node", "serverless"),
     .help = "What `copyfleet cluster` makes. Empty: `multi-node` if DWH_NUM_NODES is more than 1, else "
             "`single-node`; `--serverless` overrides it"},
    {ROW(DWH, "DWH_NUM_NODES", KEY_INTEGER, dwh.num_nodes), RANGE(1, 128),
     .help = "Nodes of the cluster. Empty: 2 of a `multi-node` one, else 1"},
    {ROW(DWH, "DWH_NODE_TYPE", KEY_TEXT, dwh.node_type), .fallback = "ra3.large", .help = "Type of its nodes"},
    {ROW(DWH, "DWH_BASE_CAPACITY", KEY_INTEGER, dwh.base_capacity), .fallback = "8", RANGE(4, 1024),
     .help = "Redshift Serverless: its base capacity in RPUs"},
    {ROW(DWH, "DWH_CLUSTER_IDENTIFIER", KEY_TEXT, dwh.cluster_identifier), .fallback = "copyfleet",
     .help = "Name of the cluster, or of the namespace and workgroup; in lower case, as Redshift keeps it"},
    {ROW(DWH, "DWH_DB", KEY_TEXT, dwh.db), .help = "Its database. Empty: `[CLUSTER] DB_NAME`, else `dev`"},
    {ROW(DWH, "DWH_DB_USER", KEY_TEXT, dwh.db_user),
     .help = "Its administrator. Empty: `[CLUSTER] DB_USER`, else `awsuser`"},
    {ROW(DWH, "DWH_DB_PASSWORD", KEY_TEXT, dwh.db_password), .is_secret = true,
     .help = "The administrator's password. Empty: `[CLUSTER] DB_PASSWORD`"},
    {ROW(DWH, "DWH_PORT", KEY_INTEGER, dwh.port), RANGE(1150, 65535),
     .help = "Its port. Empty: `[CLUSTER] DB_PORT`, else 5439"},
    {ROW(DWH, "DWH_SUBNET_GROUP", KEY_TEXT, dwh.subnet_group),
     .help = "Cluster subnet group to put the cluster into. Empty: the default VPC"},
    {ROW(DWH, "DWH_IAM_ROLE_NAME", KEY_TEXT, dwh.iam_role_name),
     .help = "Role that is made for it. Empty: `copyfleet-`, the identifier and the region"},
    {ROW(DWH, "DWH_IAM_POLICY", KEY_CHOICE, dwh.iam_policy), .fallback = "buckets", CHOICES("buckets", "managed"),
     .help = "What the role may read: what is configured here alone (`buckets`), or all buckets of the account, by "
             "Amazon's AmazonS3ReadOnlyAccess (`managed`)"},

    {ROW(KAFKA, "BOOTSTRAP_SERVERS", KEY_SERVERS, kafka.bootstrap_servers),
     .help = "Brokers, `host:port,host:port`. Empty: `run --workers` brings an embedded broker"},
    {ROW(KAFKA, "TOPIC_TASKS", KEY_TOPIC, kafka.topic_tasks), .fallback = "copyfleet.tasks",
     .help = "Topic that carries tasks to the workers"},
    {ROW(KAFKA, "TOPIC_REPORTS", KEY_TOPIC, kafka.topic_reports), .fallback = "copyfleet.reports",
     .help = "Topic that carries reports back"},
    {ROW(KAFKA, "TOPIC_DEAD_LETTER", KEY_TOPIC, kafka.topic_dead_letter), .fallback = "copyfleet.dead-letter",
     .help = "Topic that tells of tasks that failed for good"},
    {ROW(KAFKA, "S3_EVENTS_TOPIC", KEY_TOPIC, kafka.topic_s3_events),
     .help =
         "Topic that the bucket publishes its event notifications to; `watch` then looks at what they name at once. "
         "Empty: none"},
    {ROW(KAFKA, "CONSUMER_GROUP", KEY_TEXT, kafka.consumer_group), .fallback = "copyfleet-workers",
     .help =
         "Consumer group of the workers. `" KAFKA_NO_GROUP
         "`, which `run` sets for the workers of its embedded broker: each reads the whole topic, and loads what no "
         "other has, so that they need not wait until a group has met"},
    {ROW(KAFKA, "TASK_PARTITIONS", KEY_INTEGER, kafka.task_partitions), .fallback = "32", RANGE(1, 10000),
     .help = "Partitions of the tasks topic when it is made: the most workers that can share the work"},
    {ROW(KAFKA, "REPLICATION_FACTOR", KEY_INTEGER, kafka.replication_factor), .fallback = "-1", RANGE(-1, 16),
     .help = "Replicas of topics that are made; -1: the broker's default"},

    {ROW(FLEET, "SQL_DIR", KEY_TEXT, warehouse.sql_dir),
     .help = "Folder of SQL files to use in place of those built in"},
    {ROW(FLEET, "EXECUTORS", KEY_INTEGER, fleet.executors), .fallback = "4", RANGE(1, 64),
     .help = "Tasks that one worker loads at the same time"},
    {ROW(FLEET, "TASK_BYTES_MAX", KEY_BYTES, fleet.task_bytes_max), RANGE(1, 1LL << 44),
     .help = "Bytes of objects in one task; a larger object is a task of its own. Empty: 64 MiB; on Redshift 16 GiB"},
    {ROW(FLEET, "TASK_OBJECTS_MAX", KEY_INTEGER, fleet.task_objects_max), RANGE(1, 1000000),
     .help = "Objects in one task. Empty: 500; on Redshift 20000"},
    {ROW(FLEET, "UNPACK_RATIO_MAX", KEY_INTEGER, aws.unpack_ratio_max), .fallback = "1000", RANGE(1, 1000000000),
     .help =
         "Bytes that a compressed object may unpack to for each of its own, beyond the first 256 MiB; logs have 10 to "
         "100. What has more fails: it is a bomb"},
    {ROW(FLEET, "LIST_CONNECTIONS", KEY_INTEGER, aws.list_connections), .fallback = "16",
     RANGE(1, LIMIT_LIST_CONNECTIONS),
     .help = "Pages of one listing that are asked for at the same time; 1: one after the other"},
    {ROW(FLEET, "ATTEMPTS_MAX", KEY_INTEGER, fleet.attempts_max), .fallback = "10", RANGE(1, 100),
     .help = "Attempts after which a task has failed"},
    {ROW(FLEET, "CRASHES_MAX", KEY_INTEGER, fleet.crashes_max), .fallback = "3", RANGE(1, 100),
     .help = "Worker deaths after which an object has failed"},
    {ROW(FLEET, "BACKOFF_BASE_MS", KEY_INTEGER, fleet.backoff.base_ms), .fallback = "200", RANGE(1, 60000),
     .help = "Longest wait before the second attempt; doubles from there"},
    {ROW(FLEET, "BACKOFF_WAIT_MS_MAX", KEY_INTEGER, fleet.backoff.wait_ms_max), .fallback = "60000", RANGE(1, 3600000),
     .help = "Longest wait before any attempt"},
    {ROW(FLEET, "DISPATCH_REPEAT_MS", KEY_MILLISECONDS, fleet.dispatch_repeat), .fallback = "15000",
     RANGE(100, 86400000), .help = "After how long an unfinished task is published again; doubles from there"},
    {ROW(FLEET, "DISPATCH_REPEAT_MS_MAX", KEY_MILLISECONDS, fleet.dispatch_repeat_max), .fallback = "600000",
     RANGE(100, 604800000), .help = "Longest interval between two publications of a task"},
    {ROW(FLEET, "PASS_INTERVAL_S", KEY_SECONDS, fleet.pass_interval), .fallback = "60", RANGE(1, 86400),
     .help = "Seconds between two passes of `watch` over the bucket"},
    {ROW(FLEET, "FULL_PASS_INTERVAL_S", KEY_SECONDS, fleet.full_pass_interval), .fallback = "3600", RANGE(1, 2592000),
     .help = "Seconds between two passes that list everything, whatever START_AFTER says"},
    {ROW(FLEET, "EVENT_PASS_GAP_MS", KEY_MILLISECONDS, fleet.event_pass_gap), .fallback = "500", RANGE(0, 3600000),
     .help = "Shortest time between two passes that events ask for"},
    {ROW(FLEET, "OUTAGE_LEAVE_S", KEY_SECONDS, fleet.outage_leave), .fallback = "60", RANGE(1, 86400),
     .help = "Seconds after which a worker that cannot work leaves the group, so that others get its partitions"},
    {ROW(FLEET, "SHUTDOWN_S", KEY_SECONDS, fleet.shutdown), .fallback = "30", RANGE(0, 3600),
     .help = "Seconds that running tasks have to finish after SIGTERM"},
    {ROW(FLEET, "CONNECT_TIMEOUT_S", KEY_SECONDS, fleet.connect_timeout), .fallback = "10", RANGE(1, 300),
     .help = "Seconds to connect to a service"},
    {ROW(FLEET, "STALL_S", KEY_SECONDS, fleet.stall), .fallback = "60", RANGE(1, 3600),
     .help = "Seconds without progress after which a transfer or session is given up"},
    {ROW(FLEET, "HEALTH_FILE", KEY_TEXT, fleet.health_file),
     .help = "File that `copyfleet-worker` and `copyfleet watch` touch every 2 seconds as long as they are not stuck"},
    {ROW(FLEET, "LOG_LEVEL", KEY_CHOICE, fleet.log_level), .fallback = "info",
     CHOICES("debug", "info", "warning", "error"), .help = "Least severe events that are logged"},
    {ROW(FLEET, "LOG_FORMAT", KEY_CHOICE, fleet.log_format), .fallback = "logfmt", CHOICES("logfmt", "json"),
     .help = "How events are logged: `key=value`, or a JSON object a line"},

    {DATASET_ROW("LOCATION", KEY_LOCATIONS, location),
     .help = "`s3://bucket/prefix`, or several separated by blanks; a prefix may have blanks. Empty: the dataset is "
             "left out"},
    {DATASET_ROW("TABLE", KEY_TABLE, table), .help = "Staging table, `name` or `schema.name`; quoted as in SQL, "
                                                     "`'\"Name\"'` or `\"schema\".\"Name\"`, if SQL needs it"},
    {DATASET_ROW("PARTITION", KEY_PATTERN, partition),
     .help = "POSIX extended regular expression over the object's key; its groups, joined by `/`, are the partition. "
             "Empty: all objects are one partition"},
    {DATASET_ROW("JSON", KEY_JSON, json), .fallback = "auto",
     .help = "`auto`, `auto ignorecase`, or a jsonpaths file: `s3://bucket/key` or a path"},
    {DATASET_ROW("TIME_FORMAT", KEY_CHOICE, time_format), .fallback = "auto",
     CHOICES("auto", "epochsecs", "epochmillisecs"), .help = "How timestamps are written; `auto`: ISO 8601"},
    {DATASET_ROW("MAX_ERRORS", KEY_INTEGER, max_errors), .fallback = "0", RANGE(0, 100000),
     .help =
         "Bad rows that an object may have and still load; on PostgreSQL those that do not become a row of the table, "
         "none that the table itself refuses"},
    {DATASET_ROW("ON_UNKNOWN", KEY_CHOICE, on_unknown), .fallback = "ignore", CHOICES("ignore", "reject", "rescue"),
     .help =
         "Fields that no column asks for: `ignore` them, `reject` the row, or `rescue` them, and values that do not "
         "fit, into the column `_rescued` (jsonb)"},
    {DATASET_ROW("ON_VANISH", KEY_CHOICE, on_vanish), .fallback = "keep", CHOICES("keep", "remove"),
     .help = "Rows of an object that is not in the bucket any more"},
    {DATASET_ROW("ON_FAILED_TASK", KEY_CHOICE, on_failed_task), .fallback = "hold", CHOICES("hold", "skip"),
     .help = "An object that cannot be loaded: its run waits for a person (`hold`), or goes on without it (`skip`)"},
    {DATASET_ROW("START_AFTER", KEY_TEXT, start_after),
     .help = "Key after which a pass of `watch` begins to list, with strftime's `%Y`, `%m`, `%d` … for the day "
             "HORIZON_DAYS ago, UTC: `log_data/%Y/%m/`. Empty: everything is listed each time"},
    {DATASET_ROW("HORIZON_DAYS", KEY_INTEGER, horizon_days), .fallback = "2", RANGE(0, 36500),
     .help = "How many days back START_AFTER reaches"},
};

const size_t config_key_count = sizeof config_keys / sizeof *config_keys;
