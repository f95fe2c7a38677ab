/* SPDX-License-Identifier: Apache-2.0 */
#include "web/credentials.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "config/secrets.h"
#include "web/credentials_remote.h"
#include "web/profile.h"

/* Credentials are found again so long before they end, as by AWS's tools. So they outlive every request that they sign.
 */
#define REFRESH_BEFORE_S INT64_C(300)

#define PROFILE_FILE_BYTES_MAX (256 * KIB)

void credentials_done(Credentials *credentials)
{
    memory_wipe_text(credentials->access_key);
    memory_wipe_text(credentials->secret);
    memory_wipe_text(credentials->session_token);
    *credentials = (Credentials){0};
}

bool credentials_are_stale(const Credentials *credentials, int64_t now_s)
{
    return credentials->expires_s != 0 && credentials->expires_s - now_s < REFRESH_BEFORE_S;
}

static const char *find_variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static bool has_text(const char *text)
{
    return text && text[0];
}

static const char *find_profile_name(const AwsConfig *config)
{
    return has_text(config->profile) ? config->profile : "default";
}

static void wipe_buffer(Buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_done(buffer);
}

/* Appends the shared file: the one that the environment names, else that of the default path. Appends nothing if there
 * is no file. */
static void read_shared_file(ProfileFile file, Buffer *text)
{
    bool is_config = file == PROFILE_CONFIG;
    const char *path = find_variable(is_config ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE");
    const char *home = find_variable("HOME");
    AUTO_FREE char *default_path = memory_format("%s/.aws/%s", home ? home : "", is_config ? "config" : "credentials");
    buffer_init(text, PROFILE_FILE_BYTES_MAX);
    if (!profile_read_file(path ? path : default_path, text))
        wipe_buffer(text);
}

/* A setting of the profile, from the first of the two files that has it; NULL if neither has. To be freed. */
static char *find_setting(const char *profile, const char *key)
{
    static const ProfileFile files[] = {PROFILE_CREDENTIALS, PROFILE_CONFIG};
    char *value = NULL;
    for (size_t i = 0; i < 2 && !value; i++) {
        AUTO(Buffer, wipe_buffer) text;
        read_shared_file(files[i], &text);
        Slice found;
        if (profile_find(buffer_slice(&text), files[i], profile, key, &found))
            value = memory_copy_slice(found);
    }
    return value;
}

static bool has_profile(const char *profile)
{
    static const ProfileFile files[] = {PROFILE_CREDENTIALS, PROFILE_CONFIG};
    bool is_there = false;
    for (size_t i = 0; i < 2 && !is_there; i++) {
        AUTO(Buffer, wipe_buffer) text;
        read_shared_file(files[i], &text);
        is_there = profile_exists(buffer_slice(&text), files[i], profile);
    }
    return is_there;
}

static bool keep(Credentials *out_credentials, const char *access_key, const char *secret, const char *session_token)
{
    *out_credentials = (Credentials){
        .access_key = memory_copy_text(access_key),
        .secret = memory_copy_text(secret),
        .session_token = has_text(session_token) ? memory_copy_text(session_token) : NULL,
    };
    return true;
}

static bool find_configured(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    AUTO_AWS_SECRETS secrets;
    secrets_copy_aws(config, &secrets);
    *out_is_here = has_text(secrets.key) || has_text(secrets.secret);
    if (!*out_is_here)
        return true;
    if (!has_text(secrets.key) || !has_text(secrets.secret))
        return error_set(error, ERROR_FATAL, "of the AWS key and its secret only one is configured: set both or none");
    return keep(out_credentials, secrets.key, secrets.secret, secrets.session_token);
}

static bool find_in_profile(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    const char *profile = find_profile_name(config);
    char *access_key = find_setting(profile, "aws_access_key_id");
    char *secret = find_setting(profile, "aws_secret_access_key");
    char *session_token = find_setting(profile, "aws_session_token");
    *out_is_here = access_key || secret;
    bool is_whole = access_key && secret;
    if (is_whole)
        keep(out_credentials, access_key, secret, session_token);
    bool is_half = *out_is_here && !is_whole;
    memory_wipe_text(access_key);
    memory_wipe_text(secret);
    memory_wipe_text(session_token);
    if (is_half)
        return error_set(
            error, ERROR_FATAL,
            "the AWS profile %s has only one of aws_access_key_id and aws_secret_access_key: add the other", profile);
    return true;
}

/* The profile's first key by which the AWS tools find its identity and copyfleet does not; NULL if it has none. */
static const char *find_unread_key(const char *profile)
{
    static const char *const keys[] = {"credential_process", "sso_session", "sso_start_url",
                                       "login_session",      "role_arn",    "credential_source"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        AUTO_FREE char *value = find_setting(profile, keys[i]);
        if (value)
            return keys[i];
    }
    return NULL;
}

/* No other source may silently take the place of a profile that names an identity, or that a person asked for by
 * name. */
static bool check_profile(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    (void)out_credentials;
    *out_is_here = false;
    const char *profile = find_profile_name(config);
    if (strcmp(profile, "default") != 0 && !has_profile(profile))
        return error_set(error, ERROR_FATAL,
                         "the AWS profile %s is in neither ~/.aws/credentials nor ~/.aws/config: check its name",
                         profile);
    const char *unread = find_unread_key(profile);
    return !unread || error_set(error, ERROR_FATAL,
                                "the AWS profile %s uses %s, which copyfleet does not read: put credentials into the "
                                "environment, as aws configure export-credentials --profile %s --format env prints "
                                "them, or into ~/.aws/credentials",
                                profile, unread, profile);
}

static bool find_web_identity(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    AUTO_FREE char *region = credentials_find_region(config);
    AUTO_FREE char *authorities = credentials_find_authorities(config);
    return credentials_remote_find_web_identity(region, authorities, out_credentials, out_is_here, error);
}

typedef bool Source(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here, Error *error);

static Source *const sources[] = {
    find_configured,
    find_in_profile,
    check_profile,
    find_web_identity,
    credentials_remote_find_container,
    credentials_remote_find_instance,
};

static bool find(const AwsConfig *config, Credentials *out_credentials, Error *error)
{
    bool is_here = false;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && !is_here; i++)
        if (!sources[i](config, out_credentials, &is_here, error))
            return false;
    return is_here || error_set(error, ERROR_FATAL,
                                "there are no AWS credentials: set KEY and SECRET in [AWS], or AWS_ACCESS_KEY_ID and "
                                "AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials");
}

bool credentials_find(const AwsConfig *config, Credentials *out_credentials, Error *error)
{
    assert(config && out_credentials);
    AUTO_CREDENTIALS found = {0};
    if (!find(config, &found, error)) {
        error->kind = error->kind == ERROR_FATAL ? ERROR_DENIED : error->kind;
        error->service = SERVICE_S3;
        return false;
    }
    credentials_done(out_credentials);
    *out_credentials = found;
    found = (Credentials){0};
    return true;
}

char *credentials_find_named_region(const AwsConfig *config)
{
    return has_text(config->region) ? memory_copy_text(config->region)
                                    : find_setting(find_profile_name(config), "region");
}

char *credentials_find_region(const AwsConfig *config)
{
    char *region = credentials_find_named_region(config);
    return region ? region : memory_copy_text("us-east-1");
}

char *credentials_find_authorities(const AwsConfig *config)
{
    const char *path = find_variable("AWS_CA_BUNDLE");
    return path ? memory_copy_text(path) : find_setting(find_profile_name(config), "ca_bundle");
}

char *credentials_find_service_url(const AwsConfig *config, const char *variable)
{
    const char *url = find_variable(variable);
    if (!url)
        url = find_variable("AWS_ENDPOINT_URL");
    return url ? memory_copy_text(url) : find_setting(find_profile_name(config), "endpoint_url");
}

char *credentials_find_endpoint_url(const AwsConfig *config, const char *region)
{
    if (has_text(config->endpoint_url))
        return memory_copy_text(config->endpoint_url);
    char *setting = find_setting(find_profile_name(config), "endpoint_url");
    if (setting)
        return setting;
    bool is_china = strncmp(region, "cn-", 3) == 0;
    return memory_format("https://s3.%s.amazonaws.com%s", region, is_china ? ".cn" : "");
}
