/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define ABORT_WAIT_MS 1000

/* Ends the text before a UTF-8 character that did not fit whole. */
static void cut_at_character(char *text, size_t size)
{
    size_t length = strlen(text);
    if (length + 1 < size)
        return;
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0)
        text[start - 1] = '\0';
}

static void format_message(Error *error, const char *format, va_list arguments)
{
    vsnprintf(error->message, sizeof error->message, format, arguments);
    cut_at_character(error->message, sizeof error->message);
    utf8_mend(error->message); /* a key in it may have been cut too, and the ledger takes no half characters */
}

bool error_set(Error *error, ErrorKind kind, const char *format, ...)
{
    error->kind = kind;
    error->service = SERVICE_NONE;
    error->name[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    format_message(error, format, arguments);
    va_end(arguments);
    return false;
}

bool error_set_service(Error *error, ErrorKind kind, ErrorService service, const char *format, ...)
{
    error->kind = kind;
    error->service = service;
    error->name[0] = '\0';
    va_list arguments;
    va_start(arguments, format);
    format_message(error, format, arguments);
    va_end(arguments);
    return false;
}

void error_set_name(Error *error, const char *name)
{
    snprintf(error->name, sizeof error->name, "%s", name);
}

bool error_add_context(Error *error, const char *format, ...)
{
    Error context;
    va_list arguments;
    va_start(arguments, format);
    format_message(&context, format, arguments);
    va_end(arguments);

    char joined[sizeof error->message];
    int length = snprintf(joined, sizeof joined, "%s: %s", context.message, error->message);
    memcpy(error->message, joined, sizeof joined);
    if ((size_t)length >= sizeof joined)
        cut_at_character(error->message, sizeof error->message);
    return false;
}

bool error_is_lasting(const Error *error)
{
    return error->kind == ERROR_DENIED || error->kind == ERROR_FATAL;
}

const char *error_kind_name(ErrorKind kind)
{
    switch (kind) {
    case ERROR_RETRY:
        return "retry";
    case ERROR_OUTAGE:
        return "outage";
    case ERROR_STALE:
        return "stale";
    case ERROR_REJECT:
        return "reject";
    case ERROR_REFUSED:
        return "refused";
    case ERROR_DENIED:
        return "denied";
    case ERROR_FATAL:
        return "fatal";
    case ERROR_INTERRUPTED:
        return "interrupted";
    }
    return "unknown";
}

const char *error_service_name(ErrorService service)
{
    static const char *const names[ERROR_SERVICES] = {[SERVICE_NONE] = "unknown",
                                                      [SERVICE_S3] = "s3",
                                                      [SERVICE_WAREHOUSE] = "warehouse",
                                                      [SERVICE_KAFKA] = "kafka",
                                                      [SERVICE_TABLE] = "table"};
    return names[service];
}

/* The process ends even if its stderr takes nothing. */
void error_abort(const char *what)
{
    struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&writable, 1, ABORT_WAIT_MS) > 0)
        fprintf(stderr, "copyfleet: %s\n", what);
    abort();
}
