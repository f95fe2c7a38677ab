/* SPDX-License-Identifier: Apache-2.0 */
#include "web/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "web/credentials_remote.h"
#include "web/profile.h"

/* AWS's tools refresh this long before the end, so that no request is signed with what ends while it runs. */
#define REFRESH_BEFORE_S INT64_C(300)

#define PROFILE_FILE_BYTES_MAX (256 * KIB)

void credentials_wipe_text(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void credentials_done(Credentials *credentials)
{
    credentials_wipe_text(credentials->access_key);
    credentials_wipe_text(credentials->secret);
    credentials_wipe_text(credentials->session_token);
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

static const char *find_profile_name(const Config *config)
{
    return has_text(config->aws_profile) ? config->aws_profile : "default";
}

static void wipe_buffer(Buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_done(buffer);
}

/* Appends the shared file, at its place or where the environment says; nothing where there is none. */
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

/* A setting of the profile, from the one file, then the other; NULL where neither has it. To be freed. */
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

static bool find_configured(const Config *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    *out_is_here = has_text(config->aws_key) || has_text(config->aws_secret);
    if (!*out_is_here)
        return true;
    if (!has_text(config->aws_key) || !has_text(config->aws_secret))
        return error_set(error, ERROR_FATAL, "of the AWS key and its secret only one is configured: set both or none");
    return keep(out_credentials, config->aws_key, config->aws_secret, config->aws_session_token);
}

static bool find_in_profile(const Config *config, Credentials *out_credentials, bool *out_is_here, Error *error)
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
    credentials_wipe_text(access_key);
    credentials_wipe_text(secret);
    credentials_wipe_text(session_token);
    if (is_half)
        return error_set(
            error, ERROR_FATAL,
            "the AWS profile %s has only one of aws_access_key_id and aws_secret_access_key: add the other", profile);
    return true;
}

/* What the AWS tools find the profile's identity by, and copyfleet does not; NULL if there is nothing. */
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

/* A profile that names an identity, or that somebody asked for by name, must not silently give way to another one. */
static bool check_profile(const Config *config, Credentials *out_credentials, bool *out_is_here, Error *error)
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

static bool find_web_identity(const Config *config, Credentials *out_credentials, bool *out_is_here, Error *error)
{
    AUTO_FREE char *region = credentials_find_region(config);
    AUTO_FREE char *authorities = credentials_find_authorities(config);
    return credentials_find_web_identity(region, authorities, out_credentials, out_is_here, error);
}

typedef bool Source(const Config *config, Credentials *out_credentials, bool *out_is_here, Error *error);

static Source *const sources[] = {
    find_configured,           find_in_profile, check_profile, find_web_identity, credentials_find_container,
    credentials_find_instance,
};

bool credentials_find(const Config *config, Credentials *out_credentials, Error *error)
{
    AUTO_CREDENTIALS found = {0};
    bool is_here = false;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && !is_here; i++)
        if (!sources[i](config, &found, &is_here, error))
            return false;
    if (!is_here)
        return error_set(error, ERROR_FATAL,
                         "there are no AWS credentials: set KEY and SECRET in [AWS], or AWS_ACCESS_KEY_ID and "
                         "AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials");
    credentials_done(out_credentials);
    *out_credentials = found;
    found = (Credentials){0};
    return true;
}

char *credentials_find_named_region(const Config *config)
{
    return has_text(config->aws_region) ? memory_copy_text(config->aws_region)
                                        : find_setting(find_profile_name(config), "region");
}

char *credentials_find_region(const Config *config)
{
    char *region = credentials_find_named_region(config);
    return region ? region : memory_copy_text("us-east-1");
}

char *credentials_find_authorities(const Config *config)
{
    const char *path = find_variable("AWS_CA_BUNDLE");
    return path ? memory_copy_text(path) : find_setting(find_profile_name(config), "ca_bundle");
}

char *credentials_find_service_url(const Config *config, const char *variable)
{
    const char *url = find_variable(variable);
    if (!url)
        url = find_variable("AWS_ENDPOINT_URL");
    return url ? memory_copy_text(url) : find_setting(find_profile_name(config), "endpoint_url");
}

char *credentials_find_endpoint_url(const Config *config, const char *region)
{
    if (has_text(config->aws_endpoint_url))
        return memory_copy_text(config->aws_endpoint_url);
    char *setting = find_setting(find_profile_name(config), "endpoint_url");
    if (setting)
        return setting;
    bool is_china = strncmp(region, "cn-", 3) == 0;
    return memory_format("https://s3.%s.amazonaws.com%s", region, is_china ? ".cn" : "");
}
