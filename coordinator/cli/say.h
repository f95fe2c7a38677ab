/* SPDX-License-Identifier: Apache-2.0
 *
 * What every command says in the same words: that something failed, is tried again, or was left out. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/retry.h"
#include "config/config.h"

/* "before: message" on stderr. The message is made printable, since a server's may quote what came from outside. */
void say_error(const char *before, const Error *error);

/* "Trying again in 0.4 s, try 3 of 10": for the place before the message of what failed. */
void say_pause(const RetryPause *pause, char *out, size_t size);

/* Says what is tried again (RetryNoticeFunction). */
void say_again(void *context, const Error *error, const RetryPause *pause);

/* Says that a dataset could not be listed, and why (PassLeaveFunction). */
void say_left_out(void *context, const Dataset *dataset, const Error *reason);

/* Says what failed, and returns the exit code for it. */
int say_failure(const Error *error);
