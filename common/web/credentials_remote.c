/* SPDX-License-Identifier: Apache-2.0 */
#include "web/credentials_remote.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "web/endpoint.h"
#include "web/http.h"
#include "web/profile.h"
#include "web/refusal.h"
#include "web/sigv4.h"
#include "web/xml.h"

/* These endpoints, all but STS, are on the machine itself or one hop away. */
#define CONNECT_TIMEOUT_S 2
#define STALL_S 10

#define ANSWER_BYTES_MAX (64 * KIB)
#define TOKEN_BYTES_MAX (32 * KIB)

static void wipe_buffer(Buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_done(buffer);
}
#define AUTO_SECRET AUTO(Buffer, wipe_buffer)

static const char *find_variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static HttpTake take_answer(void *context, int status, Slice bytes)
{
    (void)status;
    return buffer_append(context, bytes) ? HTTP_TAKEN : HTTP_STOP;
}

typedef struct Reply {
    int status;        /* 0: there was no answer */
    char failure[512]; /* why there was none, and what to do about it */
} Reply;

/* One request to its end; the answer is appended. */
static bool ask(const char *authorities, HttpRequest *request, Buffer *answer, Reply *out_reply, Error *error)
{
    AUTO_HTTP http = http_open(duration_of_s(CONNECT_TIMEOUT_S), duration_of_s(STALL_S), authorities);
    AUTO_HTTP_EXCHANGE exchange = http_exchange_open(http);
    request->on_body = take_answer;
    request->context = answer;
    http_exchange_start(exchange, request);
    if (!http_exchange_await(exchange, "AWS credentials", error))
        return false;
    const HttpOutcome *outcome = http_exchange_outcome(exchange);
    *out_reply = (Reply){.status = outcome->is_whole ? outcome->status : 0};
    if (!outcome->is_whole)
        snprintf(out_reply->failure, sizeof out_reply->failure, "%s; %s", outcome->failure, outcome->advice);
    return true;
}

/* The endpoint gave no credentials. If it did not answer, or answered that it is not well, that may pass, and the role
 * is not to blame. */
static bool fail_to_get(const Reply *reply, const char *who, Slice answer, const char *advice, Error *error)
{
    if (reply->status == 0)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "%s cannot be reached for credentials: %s", who,
                                 reply->failure);
    if (reply->status >= 500)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3,
                                 "%s gave no credentials (status %d): it is not well, or a proxy before it is not", who,
                                 reply->status);
    Refusal refusal = {0};
    refusal_read_xml(answer, &refusal);
    return error_set_service(error, ERROR_FATAL, SERVICE_S3, "%s gave no credentials (status %d%s%s%s%s): %s", who,
                             reply->status, *refusal.code ? " " : "", refusal.code, *refusal.message ? ", " : "",
                             refusal.message, advice);
}

/* Reads a file that holds a token, without the line break at its end. */
static bool read_token(const char *path, Buffer *token, Error *error)
{
    if (!profile_read_file(path, token) || token->length == 0)
        return error_set(error, ERROR_FATAL, "the token file %s cannot be read: check that it is there", path);
    token->length = slice_trim_end(buffer_slice(token), " \t\r\n").length;
    token->data[token->length] = '\0';
    return true;
}

static int64_t parse_time(const char *text)
{
    struct tm parts = {0};
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) ? (int64_t)timegm(&parts) : 0;
}

static void release_json(json_t **value)
{
    json_decref(*value);
}

bool credentials_remote_parse_json(Slice body, Credentials *out_credentials, Error *error)
{
    AUTO(json_t *, release_json) root = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
    const char *access_key = json_string_value(json_object_get(root, "AccessKeyId"));
    const char *secret = json_string_value(json_object_get(root, "SecretAccessKey"));
    const char *session_token = json_string_value(json_object_get(root, "Token"));
    const char *expiration = json_string_value(json_object_get(root, "Expiration"));
    if (!access_key || !secret || !access_key[0] || !secret[0])
        return error_set(error, ERROR_FATAL, "the answer names no AccessKeyId and SecretAccessKey");
    *out_credentials = (Credentials){
        .access_key = memory_copy_text(access_key),
        .secret = memory_copy_text(secret),
        .session_token = session_token && session_token[0] ? memory_copy_text(session_token) : NULL,
        .expires_s = expiration ? parse_time(expiration) : 0,
    };
    return true;
}

static void keep_text(char **text, Slice value)
{
    memory_wipe_text(*text);
    *text = memory_copy_slice(value);
}

static void start_element(void *context, int depth, const char *name)
{
    (void)context, (void)depth, (void)name;
}

static void end_element(void *context, int depth, const char *name, Slice text)
{
    Credentials *credentials = context;
    if (depth != 3)
        return;
    if (strcmp(name, "AccessKeyId") == 0)
        keep_text(&credentials->access_key, text);
    else if (strcmp(name, "SecretAccessKey") == 0)
        keep_text(&credentials->secret, text);
    else if (strcmp(name, "SessionToken") == 0)
        keep_text(&credentials->session_token, text);
    else if (strcmp(name, "Expiration") == 0)
        credentials->expires_s = parse_time(text.data);
}

static bool parse_sts(Slice body, Credentials *out_credentials)
{
    static const XmlEvents events = {start_element, end_element, XML_DEPTH_MAX};
    AUTO_CREDENTIALS found = {0};
    AUTO_XML xml = xml_open(&events, &found);
    if (!xml_feed(xml, body, true) || !found.access_key || !found.secret)
        return false;
    *out_credentials = found;
    found = (Credentials){0};
    return true;
}

bool credentials_remote_find_web_identity(const char *region, const char *authorities, Credentials *out_credentials,
                                          bool *out_is_here, Error *error)
{
    const char *role = find_variable("AWS_ROLE_ARN");
    const char *path = find_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *session = find_variable("AWS_ROLE_SESSION_NAME");
    *out_is_here = role && path;
    if (!*out_is_here)
        return true;
    AUTO_SECRET token;
    buffer_init(&token, TOKEN_BYTES_MAX);
    if (!read_token(path, &token, error))
        return false;

    const Sigv4Pair form[] = {
        {SLICE("Action"), SLICE("AssumeRoleWithWebIdentity")},
        {SLICE("Version"), SLICE("2011-06-15")},
        {SLICE("RoleArn"), slice_from_text(role)},
        {SLICE("RoleSessionName"), session ? slice_from_text(session) : SLICE("copyfleet")},
        {SLICE("WebIdentityToken"), buffer_slice(&token)},
    };
    AUTO_SECRET body;
    buffer_init(&body, 4 * TOKEN_BYTES_MAX);
    if (!sigv4_append_query(&body, form, sizeof form / sizeof form[0]))
        return error_set(error, ERROR_FATAL, "the token in %s is too long to be one", path);

    const char *endpoint = find_variable("AWS_ENDPOINT_URL_STS");
    AUTO_FREE char *url =
        endpoint ? memory_copy_text(endpoint) : memory_format("https://sts.%s.amazonaws.com/", region);
    HttpRequest request = {
        .method = HTTP_POST,
        .url = url,
        .headers = {"Content-Type: application/x-www-form-urlencoded"},
        .body = buffer_slice(&body),
    };
    AUTO_SECRET answer;
    buffer_init(&answer, ANSWER_BYTES_MAX);
    Reply reply = {0};
    if (!ask(authorities, &request, &answer, &reply, error))
        return false;
    if (reply.status == 200 && parse_sts(buffer_slice(&answer), out_credentials))
        return true;
    if (reply.status == 200)
        return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                                 "what answers at %s is no STS: check AWS_ENDPOINT_URL_STS and proxies", url);
    AUTO_FREE char *who = memory_format("STS at %s", url);
    AUTO_FREE char *advice = memory_format("check the trust policy of the role %s, and the token in %s", role, path);
    return fail_to_get(&reply, who, buffer_slice(&answer), advice, error);
}

/* Plain http may only be used if nobody can listen in: to this machine, and to the addresses of ECS and EKS. */
static bool is_safe_endpoint(const char *url)
{
    static const char *const hosts[] = {"localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    AUTO_ENDPOINT endpoint = {0};
    Error ignored;
    if (!endpoint_parse(&endpoint, url, true, &ignored))
        return false;
    if (endpoint.is_tls)
        return true;
    char *port = strrchr(endpoint.host, ':');
    if (port && !strchr(port, ']'))
        *port = '\0';
    struct in_addr address;
    if (inet_pton(AF_INET, endpoint.host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127)
        return true;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strcmp(endpoint.host, hosts[i]) == 0)
            return true;
    return false;
}

bool credentials_remote_find_container(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here,
                                       Error *error)
{
    (void)config;
    const char *relative = find_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = find_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *path = find_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token_text = find_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    *out_is_here = relative || full;
    if (!*out_is_here)
        return true;
    AUTO_FREE char *url = relative ? memory_format("http://169.254.170.2%s", relative) : memory_copy_text(full);
    if (!is_safe_endpoint(url))
        return error_set(error, ERROR_FATAL,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this machine: correct it");
    AUTO_SECRET header;
    buffer_init(&header, TOKEN_BYTES_MAX + 64);
    AUTO_SECRET token;
    buffer_init(&token, TOKEN_BYTES_MAX);
    if (path && !read_token(path, &token, error))
        return false;
    if (!buffer_append_format(&header, "Authorization: %s", path ? token.data : token_text ? token_text : ""))
        return error_set(error, ERROR_FATAL, "AWS_CONTAINER_AUTHORIZATION_TOKEN is too long to be one");

    HttpRequest request = {.method = HTTP_GET, .url = url, .is_direct = true};
    if (path || token_text)
        request.headers[0] = header.data;
    AUTO_SECRET answer;
    buffer_init(&answer, ANSWER_BYTES_MAX);
    Reply reply = {0};
    if (!ask(find_variable("AWS_CA_BUNDLE"), &request, &answer, &reply, error))
        return false;
    if (reply.status != 200) /* the error does not name the URL, which may say more than a log should hold */
        return fail_to_get(&reply, "the container's credentials endpoint", buffer_slice(&answer),
                           "check the role of the task or pod", error);
    return credentials_remote_parse_json(buffer_slice(&answer), out_credentials, error);
}

/* One text of the instance's metadata. */
static bool ask_instance(HttpMethod method, const char *path, const char *header, Buffer *answer, Reply *out_reply,
                         Error *error)
{
    const char *endpoint = find_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    Slice base = endpoint ? slice_from_text(endpoint) : SLICE("http://169.254.169.254");
    AUTO_FREE char *url = memory_format("%.*s/latest/%s", SLICE_ARGUMENTS(slice_trim_end(base, "/")), path);
    HttpRequest request = {.method = method, .url = url, .headers = {header}, .is_direct = true};
    return ask(NULL, &request, answer, out_reply, error);
}

bool credentials_remote_find_instance(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here,
                                      Error *error)
{
    (void)config;
    *out_is_here = false;
    const char *is_disabled = find_variable("AWS_EC2_METADATA_DISABLED");
    if (is_disabled && strcasecmp(is_disabled, "true") == 0)
        return true;
    AUTO_SECRET token;
    buffer_init(&token, TOKEN_BYTES_MAX);
    Reply reply = {0};
    if (!ask_instance(HTTP_PUT, "api/token", "X-aws-ec2-metadata-token-ttl-seconds: 21600", &token, &reply, error))
        return false;
    /* No answer, or that of another server: this is not an EC2 instance. */
    if (reply.status != 200 || token.length == 0)
        return true;

    AUTO_SECRET header;
    buffer_init(&header, TOKEN_BYTES_MAX + 64);
    AUTO_SECRET answer;
    buffer_init(&answer, ANSWER_BYTES_MAX);
    AUTO_BUFFER role;
    buffer_init(&role, KIB);
    if (!buffer_append_format(&header, "X-aws-ec2-metadata-token: %s", token.data))
        return true;
    if (!ask_instance(HTTP_GET, "meta-data/iam/security-credentials/", header.data, &role, &reply, error))
        return false;
    if (reply.status != 200 || role.length == 0)
        return true;
    role.data[strcspn(role.data, "\r\n")] = '\0';
    *out_is_here = true;
    AUTO_FREE char *path = memory_format("meta-data/iam/security-credentials/%s", role.data);
    if (!ask_instance(HTTP_GET, path, header.data, &answer, &reply, error))
        return false;
    if (reply.status != 200) {
        (void)fail_to_get(&reply, "EC2's metadata service", buffer_slice(&answer), "check the instance's role", error);
        error->kind = ERROR_RETRY; /* a role that was just changed is not there for a moment */
        return false;
    }
    return credentials_remote_parse_json(buffer_slice(&answer), out_credentials, error);
}
