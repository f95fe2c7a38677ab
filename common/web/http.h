/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP exchanges over one pool of connections, driven by the caller's thread; the one place that knows libcurl. TLS is
 * verified, redirects are not followed, only http and https are spoken, and a header block is bounded. Failures of the
 * transport are told apart from statuses: what a status means is the caller's to decide. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/slice.h"

typedef struct Http Http;

/* One request and its response at a time; kept and used again, so that its memory is. */
typedef struct HttpExchange HttpExchange;

/* What became of some bytes of a body. PAUSE: none of them were taken; they come again after http_exchange_resume. */
typedef enum HttpTake { HTTP_TAKEN, HTTP_PAUSE, HTTP_STOP } HttpTake;

/* Must not call functions of this module. */
typedef HttpTake HttpBodyFunction(void *context, int status, Slice bytes);

#define HTTP_HEADERS_MAX 12

typedef struct HttpRequest {
    const char *method;
    const char *url;
    const char *headers[HTTP_HEADERS_MAX + 1]; /* "Name: value", ends with NULL */
    Slice body;                                /* of PUT and POST; not copied */
    bool is_fresh;                             /* on a new connection, because the old one failed */
    bool is_direct;                            /* past any proxy that the environment names */
    HttpBodyFunction *on_body;
    void *context;
} HttpRequest;

typedef struct HttpOutcome {
    bool is_ended;       /* else nothing below is settled yet */
    bool is_whole;       /* a status came, and the body that it announced */
    bool is_silent;      /* it is not whole, because nothing came for too long */
    int status;          /* 0 where none came */
    int64_t range_start; /* from Content-Range; -1 where there was none */
    int64_t modified_s;  /* from Last-Modified, since 1970; -1 where there was none */
    int64_t date_s;      /* from Date, by the server's clock; -1 where there was none */
    char region[32];     /* from x-amz-bucket-region; "" where there was none */
    char failure[256];   /* why it is not whole */
    const char *advice;  /* what to do about that */
} HttpOutcome;

/* Transfers without a byte for stall_s, and connections that take longer than connect_timeout_s, fail. authorities is
 * the file of the certificate authorities that are trusted; NULL: the system's. */
Http *http_open(int64_t connect_timeout_s, int64_t stall_s, const char *authorities);

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

/* Ends what the exchange had under way and begins anew. Only the request's body has to outlive the call. */
void http_exchange_start(HttpExchange *exchange, const HttpRequest *request);
void http_exchange_stop(HttpExchange *exchange);

/* Lets a paused body go on; on_body may be called before it returns. */
void http_exchange_resume(HttpExchange *exchange);

const HttpOutcome *http_exchange_outcome(const HttpExchange *exchange);

/* Sends and receives what can be without waiting, after having waited for up to wait_ms until something can be. */
void http_drive(Http *http, int wait_ms);
