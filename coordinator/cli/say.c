/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "cli/options.h"
#include "show/printable.h"

void say_error(const char *before, const Error *error)
{
    AUTO_BUFFER message;
    buffer_init(&message, 2 * sizeof error->message);
    printable_append(&message, error->message, SIZE_MAX, false);
    fprintf(stderr, "%s: %.*s\n", before, (int)message.length, message.data ? message.data : "");
}

void say_pause(const RetryPause *pause, char *out, size_t size)
{
    snprintf(out, size, "Trying again in %.1f s, try %u of %" PRId64, (double)pause->wait_ms / 1000, pause->next,
             pause->tries);
}

void say_again(void *context, const Error *error, const RetryPause *pause)
{
    (void)context;
    char before[64];
    say_pause(pause, before, sizeof before);
    say_error(before, error);
}

void say_left_out(void *context, const Dataset *dataset, const Error *reason)
{
    (void)context, (void)dataset;
    say_error("Left out", reason);
}

int say_failure(const Error *error)
{
    say_error("copyfleet", error);
    return error->kind == ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_SERVICE;
}
