/* SPDX-License-Identifier: Apache-2.0 */
#include "web/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/stop.h"

/* S3 answers with some 500 bytes of header. */
#define HEADER_BYTES_MAX (32 * KIB)

/* What one recv takes at most: with libcurl's 16 KiB a body costs twice as many system calls. */
#define RECEIVE_BYTES (128 * KIB)

/* Connections kept: those of a Fetch or of a listing, and one for small objects and probes. */
#define CONNECTIONS_KEPT (LIMIT_LIST_CONNECTIONS + 4)
static_assert(CONNECTIONS_KEPT > LIMIT_TRANSFERS, "a Fetch keeps its connections");

struct Http {
    CURLM *multi;
    Duration connect_timeout;
    Duration stall;
    char *authorities;
};

struct HttpExchange {
    Http *http;
    CURL *easy;
    struct curl_slist *headers;
    HttpBodyFunction *on_body;
    void *context;
    size_t header_bytes;
    bool is_added;
    HttpOutcome outcome;
    char curl_message[CURL_ERROR_SIZE];
};

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        error_abort("libcurl cannot be initialised");
}

Http *http_open(Duration connect_timeout, Duration stall, const char *authorities)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);

    Http *http = memory_alloc_zeroed(1, sizeof *http);
    http->connect_timeout = connect_timeout;
    http->stall = stall;
    http->authorities = authorities ? memory_copy_text(authorities) : NULL;
    http->multi = curl_multi_init();
    if (!http->multi)
        error_abort("out of memory");
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    return http;
}

void http_close(Http *http)
{
    if (!http)
        return;
    curl_multi_cleanup(http->multi);
    free(http->authorities);
    free(http);
}

HttpExchange *http_exchange_open(Http *http)
{
    HttpExchange *exchange = memory_alloc_zeroed(1, sizeof *exchange);
    exchange->http = http;
    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        error_abort("out of memory");
    return exchange;
}

void http_exchange_stop(HttpExchange *exchange)
{
    if (exchange->is_added)
        curl_multi_remove_handle(exchange->http->multi, exchange->easy);
    exchange->is_added = false;
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
}

void http_exchange_close(HttpExchange *exchange)
{
    if (!exchange)
        return;
    http_exchange_stop(exchange);
    curl_easy_cleanup(exchange->easy);
    free(exchange);
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *context)
{
    HttpExchange *exchange = context;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    size_t length = size * count;
    switch (exchange->on_body(exchange->context, (int)status, (Slice){bytes, length})) {
    case HTTP_TAKEN:
        return length;
    case HTTP_PAUSE:
        return CURL_WRITEFUNC_PAUSE;
    case HTTP_STOP:
        break;
    }
    return length + 1;
}

/* False, with *out_value as it was, if the line is another header's. */
static bool read_header(Slice line, Slice name, Slice *out_value)
{
    if (line.length <= name.length || strncasecmp(line.data, name.data, name.length) != 0)
        return false;
    *out_value = slice_trim((Slice){line.data + name.length, line.length - name.length}, " \t\r\n");
    return true;
}

/* -1 if it is no time. */
static int64_t read_time(Slice value)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", SLICE_ARGUMENTS(value));
    return (int64_t)curl_getdate(text, NULL);
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *context)
{
    HttpExchange *exchange = context;
    HttpOutcome *outcome = &exchange->outcome;
    Slice line = {bytes, size * count};
    exchange->header_bytes += line.length;
    if (exchange->header_bytes > HEADER_BYTES_MAX)
        return 0;

    Slice value;
    if (read_header(line, SLICE("x-amz-bucket-region:"), &value) && value.length < sizeof outcome->region) {
        memcpy(outcome->region, value.data, value.length);
        outcome->region[value.length] = '\0';
    } else if (read_header(line, SLICE("content-range: bytes "), &value) && value.length > 0 && value.length < 64) {
        char text[64];
        memcpy(text, value.data, value.length);
        text[value.length] = '\0';
        outcome->range_start = text[0] >= '0' && text[0] <= '9' ? strtoll(text, NULL, 10) : -1;
    } else if (read_header(line, SLICE("date:"), &value)) {
        outcome->date_s = read_time(value);
    } else if (read_header(line, SLICE("last-modified:"), &value)) {
        outcome->modified_s = read_time(value);
    }
    return line.length;
}

static struct curl_slist *make_headers(const HttpRequest *request)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; request->headers[i]; i++) {
        assert(i < HTTP_HEADERS_MAX);
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);
        if (!longer)
            error_abort("out of memory");
        list = longer;
    }
    return list;
}

const char *http_method_name(HttpMethod method)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_PUT] = "PUT", [HTTP_POST] = "POST", [HTTP_DELETE] = "DELETE"};
    return names[method];
}

static void set_method(CURL *easy, const HttpRequest *request)
{
    switch (request->method) {
    case HTTP_GET:
        return;
    case HTTP_HEAD:
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    case HTTP_PUT:
    case HTTP_POST:
    case HTTP_DELETE:
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.length > 0 ? request->body.data : "");
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, http_method_name(request->method));
    }
}

static void set_transport(const HttpExchange *exchange, const HttpRequest *request)
{
    CURL *easy = exchange->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Without it the path's "//" and "/../" would be normalised, and no longer be what was signed. */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)exchange->http->connect_timeout.ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LIMIT_TRANSFER_RATE);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)duration_s(exchange->http->stall));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "copyfleet/" COPYFLEET_VERSION);
    if (exchange->http->authorities)
        curl_easy_setopt(easy, CURLOPT_CAINFO, exchange->http->authorities);
    if (request->is_fresh)
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (request->is_direct)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

void http_exchange_start(HttpExchange *exchange, const HttpRequest *request)
{
    assert(request->url);
    assert(request->on_body);
    assert(!exchange->is_added);
    exchange->outcome = (HttpOutcome){.range_start = -1, .modified_s = -1, .date_s = -1};
    exchange->curl_message[0] = '\0';
    exchange->header_bytes = 0;
    exchange->on_body = request->on_body;
    exchange->context = request->context;
    exchange->headers = make_headers(request);

    CURL *easy = exchange->easy;
    curl_easy_reset(easy);
    set_transport(exchange, request);
    set_method(easy, request);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->curl_message);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    if (curl_multi_add_handle(exchange->http->multi, easy) != CURLM_OK)
        error_abort("libcurl cannot take another transfer");
    exchange->is_added = true;
}

void http_exchange_resume(HttpExchange *exchange)
{
    if (exchange->is_added)
        curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
}

const HttpOutcome *http_exchange_outcome(const HttpExchange *exchange)
{
    return &exchange->outcome;
}

static const char *advise(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return "if an authority of your own signed the certificate, name the file of its certificate in AWS_CA_BUNDLE "
               "or in ca_bundle of the AWS profile";
    case CURLE_SSL_CACERT_BADFILE:
        return "check the file that AWS_CA_BUNDLE, or ca_bundle of the AWS profile, names";
    case CURLE_SSL_CONNECT_ERROR:
        return "check that the endpoint speaks TLS, or write http:// in [AWS] ENDPOINT_URL";
    default:
        return "check that the endpoint can be reached";
    }
}

static void end_exchange(HttpExchange *exchange, CURLcode code)
{
    HttpOutcome *outcome = &exchange->outcome;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    outcome->is_ended = true;
    outcome->is_whole = code == CURLE_OK && status > 0;
    outcome->is_silent = code == CURLE_OPERATION_TIMEDOUT;
    outcome->status = (int)status;
    outcome->advice = advise(code);
    if (exchange->header_bytes > HEADER_BYTES_MAX)
        snprintf(outcome->failure, sizeof outcome->failure, "the header is longer than %zu bytes", HEADER_BYTES_MAX);
    else if (!outcome->is_whole)
        snprintf(outcome->failure, sizeof outcome->failure, "%s",
                 exchange->curl_message[0] ? exchange->curl_message : curl_easy_strerror(code));
    http_exchange_stop(exchange);
}

void http_drive(Http *http, int wait_ms)
{
    assert(wait_ms >= 0);
    pulse_beat();
    CURLMcode code = CURLM_OK;
    if (wait_ms > 0) {
        struct curl_waitfd stop = {.fd = stop_descriptor(), .events = CURL_WAIT_POLLIN};
        /* The descriptor stays readable after the request. A worker that still reads its objects to their end would no
         * longer wait at all. */
        code = curl_multi_poll(http->multi, &stop, stop_is_requested() ? 0 : 1, wait_ms, NULL);
    }
    int running = 0;
    if (code == CURLM_OK)
        code = curl_multi_perform(http->multi, &running);
    if (code != CURLM_OK)
        error_abort(curl_multi_strerror(code));

    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left)) != NULL;) {
        HttpExchange *exchange = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        end_exchange(exchange, result);
    }
}

bool http_exchange_await(HttpExchange *exchange, const char *what, Error *error)
{
    assert(exchange->is_added || exchange->outcome.is_ended);
    for (int wait_ms = 0; !exchange->outcome.is_ended; wait_ms = HTTP_STEP_MS) {
        if (stop_is_requested()) {
            http_exchange_stop(exchange);
            return error_set(error, ERROR_INTERRUPTED, "stopped while waiting for %s", what);
        }
        http_drive(exchange->http, wait_ms);
    }
    return true;
}
