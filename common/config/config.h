/* SPDX-License-Identifier: Apache-2.0
 *
 * What the user configured: dwh.cfg, overridden by the environment. One table (config_keys.c) holds every key's
 * section, name, type, default, limits and help; the reader, --print-config and the reference in docs/configuration.md
 * come from it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"

/* A family of objects with one staging table: [dataset NAME]. */
typedef struct Dataset {
    char *name;
    char *location;  /* one or more s3://bucket/prefix, separated by blanks */
    char *table;     /* staging table, as SQL writes it: name or schema.name */
    char *partition; /* POSIX extended regular expression over the key; its groups, joined by '/', are the partition */
    char *json;      /* auto | auto ignorecase | s3://bucket/key or file of jsonpaths */
    char *time_format;    /* auto | epochsecs | epochmillisecs */
    int64_t max_errors;   /* bad rows that an object may have and still load */
    char *on_unknown;     /* ignore | reject | rescue: fields that no column asks for */
    char *on_vanish;      /* keep | remove: the rows of an object that is not in the bucket any more */
    char *on_failed_task; /* hold | skip: whether a run waits for a person, or goes on without what failed */
    char *start_after;    /* strftime pattern of the key behind which a pass begins to list; empty: at the beginning */
    int64_t horizon_days; /* how many days back the pattern is filled in for */
} Dataset;

/* A name = value of [KAFKA] librdkafka.NAME, passed to librdkafka as it is. */
typedef struct KafkaOption {
    char *name;
    char *value;
} KafkaOption;

typedef struct Config {
    /* [AWS] */
    char *aws_key; /* empty: the AWS tools' chain of credentials */
    char *aws_secret;
    char *aws_session_token;
    char *aws_region;
    char *aws_profile;
    char *aws_endpoint_url; /* empty: Amazon's */
    bool aws_path_style; /* https://host/bucket/key in place of https://bucket.host/key; by default where the endpoint
                            is not Amazon's */

    /* [CLUSTER]; empty: libpq's own conventions (PG*, service, password file) */
    char *db_host;
    char *db_name;
    char *db_user;
    char *db_password;
    char *db_port;
    char *db_sslmode;
    char *db_sslrootcert;
    char *warehouse;       /* what kind of server it is: postgres or redshift */
    char *manifest_prefix; /* s3://bucket/prefix where a warehouse that fetches is told what; empty: none */

    /* [IAM_ROLE] */
    char *iam_role_arn;

    /* [DWH]: what copyfleet cluster makes; numbers that are not set are 0 */
    char *dwh_cluster_type;
    int64_t dwh_num_nodes;
    char *dwh_node_type;
    int64_t dwh_base_capacity;
    char *dwh_cluster_identifier;
    char *dwh_db;
    char *dwh_db_user;
    char *dwh_db_password;
    int64_t dwh_port;
    char *dwh_subnet_group;
    char *dwh_iam_role_name;
    char *dwh_iam_policy;

    /* [KAFKA] */
    char *bootstrap_servers; /* empty: run brings an embedded broker */
    char *topic_tasks;
    char *topic_reports;
    char *topic_dead_letter;
    char *topic_s3_events; /* empty: no events */
    char *consumer_group;
    int64_t task_partitions;
    int64_t replication_factor;
    KafkaOption *kafka_options;
    size_t kafka_option_count;

    /* [FLEET] */
    char *sql_dir;            /* empty: the SQL that is built in */
    int64_t executors;        /* threads that load, of one worker */
    int64_t task_bytes_max;   /* empty: the warehouse's default, filled in when it is read */
    int64_t task_objects_max; /* likewise */
    int64_t unpack_ratio_max;
    int64_t attempts_max;
    int64_t crashes_max;
    int64_t backoff_base_ms;
    int64_t backoff_wait_ms_max;
    int64_t dispatch_repeat_ms; /* first interval after which an unfinished task is published again; doubles */
    int64_t dispatch_repeat_ms_max;
    int64_t pass_interval_s;
    int64_t full_pass_interval_s; /* between passes that ignore start_after */
    int64_t event_pass_gap_ms;    /* shortest time between two passes that events ask for */
    int64_t outage_leave_s;       /* a worker that cannot work for so long leaves the group */
    int64_t shutdown_s;           /* for running tasks to finish after SIGTERM */
    int64_t connect_timeout_s;
    int64_t stall_s; /* a transfer or session without progress is given up */
    char *log_level;
    char *health_file; /* empty: none */
    char *log_format;

    Dataset *datasets; /* those whose location is not empty, sorted by name */
    size_t dataset_count;

    bool is_missing; /* no file is there, and the environment names neither a server nor a key of ours */

    struct Settings *settings; /* what was read and from where, for config_print */
} Config;

#define AUTO_CONFIG AUTO(Config, config_done)

/* Reads the file (NULL: the one that $COPYFLEET_CONFIG names, else dwh.cfg of the current folder where there is one;
 * none is fine then), then the environment. No text of the result is NULL. All mistakes are reported at once, a line
 * each, in *out_mistakes, to be freed by the caller (NULL where there are none); error then says how many. */
bool config_load(const char *path, Config *out_config, char **out_mistakes, Error *error) MUST_USE;

void config_done(Config *config);

/* The file that config_load reads for path: NULL is the one that $COPYFLEET_CONFIG names, else dwh.cfg. */
const char *config_find_path(const char *path);

/* The configuration as an INI file, above each value a comment that says where it came from; secrets are masked,
 * references are resolved, so that [S3] is not printed. */
void config_print(const Config *config, FILE *stream);

/* The reference of all keys as a Markdown table. */
void config_print_reference(FILE *stream);
