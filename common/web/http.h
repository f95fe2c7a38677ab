/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP exchanges over one pool of connections, driven by the caller's thread; the one place that knows libcurl. TLS is
 * verified, redirects are not followed, only http and https are spoken, and a header block is bounded. Failures of the
 * transport are told apart from statuses: what a status means is the caller's to decide. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/slice.h"

typedef struct Http Http;

/* Has one request and its response at a time. It serves one request after the other, so that its memory is allocated
 * once. */
typedef struct HttpExchange HttpExchange;

/* What on_body did with some bytes of a body. PAUSE: it took none of them; they come again after
 * http_exchange_resume. */
typedef enum HttpTake { HTTP_TAKEN, HTTP_PAUSE, HTTP_STOP } HttpTake;

/* Must not call functions of this module. */
typedef HttpTake HttpBodyFunction(void *context, int status, Slice bytes);

typedef enum HttpMethod { HTTP_GET, HTTP_HEAD, HTTP_PUT, HTTP_POST, HTTP_DELETE } HttpMethod;

/* As it stands in the request, and in what is signed of it. */
const char *http_method_name(HttpMethod method);

#define HTTP_HEADERS_MAX 12

typedef struct HttpRequest {
    HttpMethod method;
    const char *url;
    const char *headers[HTTP_HEADERS_MAX + 1]; /* "Name: value", ends with NULL */
    Slice body;                                /* of PUT and POST; not copied */
    bool is_fresh;                             /* on a new connection, because the old one failed */
    bool is_direct;                            /* past any proxy that the environment names */
    HttpBodyFunction *on_body;
    void *context;
} HttpRequest;

typedef struct HttpOutcome {
    bool is_ended;       /* if not, nothing below is settled yet */
    bool is_whole;       /* a status came, and all of the body that the header announced */
    bool is_silent;      /* not whole, because no byte came for too long */
    int status;          /* 0 if none came */
    int64_t range_start; /* from Content-Range; -1 if there was none */
    int64_t modified_s;  /* from Last-Modified, since 1970; -1 if there was none */
    int64_t date_s;      /* from Date, by the server's clock; -1 if there was none */
    char region[32];     /* from x-amz-bucket-region; "" if there was none */
    char failure[256];   /* why it is not whole */
    const char *advice;  /* what to do about that */
} HttpOutcome;

/* A transfer fails if no byte comes for stall, or if its connection takes longer than connect_timeout. authorities
 * is the file of the certificate authorities that are trusted; NULL: the system's. */
Http *http_open(Duration connect_timeout, Duration stall, const char *authorities);

/* All its exchanges must have been closed. */
void http_close(Http *http);
static inline void http_auto_close(Http **http)
{
    http_close(*http);
}
#define AUTO_HTTP AUTO(Http *, http_auto_close)

HttpExchange *http_exchange_open(Http *http);
void http_exchange_close(HttpExchange *exchange);
static inline void http_exchange_auto_close(HttpExchange **exchange)
{
    http_exchange_close(*exchange);
}
#define AUTO_HTTP_EXCHANGE AUTO(HttpExchange *, http_exchange_auto_close)

/* Begins the request; the exchange has none under way. Only the request's body has to outlive the call. */
void http_exchange_start(HttpExchange *exchange, const HttpRequest *request);
void http_exchange_stop(HttpExchange *exchange);

/* Lets a paused body go on; on_body may be called before it returns. */
void http_exchange_resume(HttpExchange *exchange);

const HttpOutcome *http_exchange_outcome(const HttpExchange *exchange);

/* Drives its Http until the exchange is ended. If a stop is requested meanwhile, the exchange is stopped: INTERRUPTED,
 * "stopped while waiting for" what. */
bool http_exchange_await(HttpExchange *exchange, const char *what, Error *error) MUST_USE;

/* The longest single wait for an answer. After it the thread beats its pulse and looks at its interrupt. */
#define HTTP_STEP_MS 500

/* Waits for up to wait_ms until something can be sent or received, then sends and receives all that it can without
 * waiting. A stop that is requested meanwhile ends the wait at once. */
void http_drive(Http *http, int wait_ms);
