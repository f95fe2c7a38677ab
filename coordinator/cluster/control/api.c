/* SPDX-License-Identifier: Apache-2.0 */
#include "control/api.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/retry.h"
#include "web/credentials.h"
#include "web/endpoint.h"
#include "web/http.h"
#include "web/signed_lines.h"

/* All security groups of a crowded VPC. */
#define ANSWER_BYTES_MAX (4 * MIB)

const ApiService api_ec2 = {"ec2", "EC2", "2016-11-15", false};
const ApiService api_iam = {"iam", "IAM", "2010-05-08", true};
const ApiService api_redshift = {"redshift", "REDSHIFT", "2012-12-01", false};
const ApiService api_redshift_serverless = {"redshift-serverless", "REDSHIFT_SERVERLESS", "RedshiftServerless", false};
const ApiService api_sts = {"sts", "STS", "2011-06-15", false};

struct Api {
    const AwsConfig *config;
    Http *http;
    HttpExchange *exchange;
    char *region;
    Credentials credentials;
    SignedLines lines;
};

bool api_open(const AwsConfig *config, Api **out_api, Error *error)
{
    AUTO_API api = memory_alloc_zeroed(1, sizeof *api);
    api->config = config;
    signed_lines_init(&api->lines);
    api->region = credentials_find_region(config);
    if (!credentials_find(config, &api->credentials, error))
        return false;
    AUTO_FREE char *authorities = credentials_find_authorities(config);
    api->http = http_open(config->patience.connect_timeout, config->patience.stall, authorities);
    api->exchange = http_exchange_open(api->http);
    *out_api = take(api);
    return true;
}

void api_close(Api *api)
{
    if (!api)
        return;
    http_exchange_close(api->exchange);
    http_close(api->http);
    credentials_done(&api->credentials);
    signed_lines_done(&api->lines);
    free(api->region);
    free(api);
}

const char *api_region(const Api *api)
{
    return api->region;
}

static bool is_in(const char *region, const char *start)
{
    return strncmp(region, start, strlen(start)) == 0;
}

const char *api_partition(const char *region)
{
    return is_in(region, "cn-") ? "aws-cn" : is_in(region, "us-gov-") ? "aws-us-gov" : "aws";
}

/* https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
const char *api_signing_region(const ApiService *service, const char *region)
{
    if (!service->is_global)
        return region;
    return is_in(region, "cn-") ? "cn-north-1" : is_in(region, "us-gov-") ? "us-gov-west-1" : "us-east-1";
}

char *api_service_url(const ApiService *service, const char *region)
{
    const char *domain = is_in(region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    if (!service->is_global)
        return memory_format("https://%s.%s.%s", service->name, region, domain);
    return memory_format("https://%s%s.%s", service->name,
                         is_in(region, "cn-")       ? ".cn-north-1"
                         : is_in(region, "us-gov-") ? ".us-gov"
                                                    : "",
                         domain);
}

/* The endpoint that the environment or the profile names, else Amazon's. */
static char *find_url(const Api *api, const ApiService *service)
{
    AUTO_FREE char *variable = memory_format("AWS_ENDPOINT_URL_%s", service->variable);
    char *url = credentials_find_service_url(api->config, variable);
    return url ? url : api_service_url(service, api->region);
}

static HttpTake take_answer(void *context, int status, Slice bytes)
{
    (void)status;
    return buffer_append(context, bytes) ? HTTP_TAKEN : HTTP_STOP;
}

/* Runs the request to its end; RETRY if no whole answer came. */
static bool exchange(Api *api, HttpRequest *request, Buffer *answer, int *out_status, Error *error)
{
    buffer_clear(answer);
    request->on_body = take_answer;
    request->context = answer;
    http_exchange_start(api->exchange, request);
    if (!http_exchange_await(api->exchange, "AWS", error))
        return false;
    const HttpOutcome *outcome = http_exchange_outcome(api->exchange);
    if (!outcome->is_whole)
        return error_set(error, ERROR_RETRY, "the request to %s broke off: %s; %s", request->url, outcome->failure,
                         outcome->advice);
    *out_status = outcome->status;
    return true;
}

/* In the order of their names. */
static bool sign(Api *api, const ApiCall *call, const Endpoint *endpoint, const char *path, Error *error)
{
    int64_t now_s = (int64_t)time(NULL);
    if (credentials_are_stale(&api->credentials, now_s) && !credentials_find(api->config, &api->credentials, error))
        return false;
    char time_text[SIGV4_TIME_SIZE], hash[SIGV4_HASH_SIZE];
    sigv4_format_time(now_s, time_text);
    sigv4_hash(call->body, hash);
    const Sigv4Request request = {.method = "POST", .path = slice_from_text(path), .payload_hash = hash};
    const Sigv4Scope scope = {
        .access_key = api->credentials.access_key,
        .secret = api->credentials.secret,
        .region = api_signing_region(call->service, api->region),
        .service = call->service->name,
        .time = time_text,
    };
    const char *token = api->credentials.session_token;
    signed_lines_clear(&api->lines);
    bool fits = signed_lines_add(&api->lines, "content-type", call->content_type) &&
                signed_lines_add(&api->lines, "host", endpoint->host) &&
                signed_lines_add(&api->lines, "x-amz-date", time_text) &&
                (!token || signed_lines_add(&api->lines, "x-amz-security-token", token)) &&
                (!call->target || signed_lines_add(&api->lines, "x-amz-target", call->target)) &&
                signed_lines_sign(&api->lines, &request, &scope);
    return fits || error_set(error, ERROR_FATAL, "the credentials are too long to be signed with: check them");
}

static bool try_call(Api *api, const ApiCall *call, bool is_fresh, Buffer *answer, Refusal *out_refusal, Error *error)
{
    AUTO_FREE char *url = find_url(api, call->service);
    AUTO_ENDPOINT endpoint = {0};
    if (!endpoint_parse(&endpoint, url, true, error))
        return false;
    AUTO_FREE char *path = memory_format("%s/", endpoint.path);
    AUTO_FREE char *target = memory_format("%s://%s%s", endpoint.is_tls ? "https" : "http", endpoint.host, path);
    if (!sign(api, call, &endpoint, path, error))
        return false;
    HttpRequest request = {.method = HTTP_POST, .url = target, .body = call->body, .is_fresh = is_fresh};
    signed_lines_pass(&api->lines, &request);
    *out_refusal = (Refusal){0};
    if (!exchange(api, &request, answer, &out_refusal->status, error))
        return false;
    if (out_refusal->status == 200)
        return true;
    call->read_refusal(buffer_slice(answer), out_refusal);
    return api_refusal_report(out_refusal, call->service, call->action, error);
}

static Retry begin_tries(const Api *api)
{
    const Patience *patience = &api->config->patience;
    return (Retry){.backoff = patience->backoff, .tries_max = patience->attempts_max, .service = "AWS"};
}

bool api_call(Api *api, const ApiCall *call, Buffer *answer, Refusal *out_refusal, Error *error)
{
    buffer_init(answer, ANSWER_BYTES_MAX);
    Retry retry = begin_tries(api);
    while (!try_call(api, call, retry.tries > 0, answer, out_refusal, error))
        if (!retry_again(&retry, error))
            return false;
    return true;
}

static bool try_fetch(Api *api, const char *url, bool is_fresh, Buffer *answer, Error *error)
{
    HttpRequest request = {.method = HTTP_GET, .url = url, .is_fresh = is_fresh};
    int status = 0;
    if (!exchange(api, &request, answer, &status, error))
        return false;
    return status == 200 ||
           error_set(error, status >= 500 ? ERROR_RETRY : ERROR_FATAL, "%s answered with status %d", url, status);
}

bool api_fetch(Api *api, const char *url, Buffer *answer, Error *error)
{
    buffer_init(answer, ANSWER_BYTES_MAX);
    Retry retry = begin_tries(api);
    while (!try_fetch(api, url, retry.tries > 0, answer, error))
        if (!retry_again(&retry, error))
            return false;
    return true;
}
