/* SPDX-License-Identifier: Apache-2.0
 *
 * The request to end, as one flag that every wait of a program looks at. SIGTERM and SIGINT raise it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Lets SIGTERM and SIGINT raise the flag; a second one ends the process at once. SIGPIPE is ignored. */
void stop_catch_signals(void);

/* Lets SIGHUP ask for the configuration to be read again; by default it would end the process. */
void stop_catch_hangup(void);

/* Whether SIGHUP came since this was asked last. */
bool stop_take_hangup(void);

void stop_request(void);
bool stop_is_requested(void);

/* The signal that raised the flag; 0 if none did. */
int stop_signal(void);

/* Readable from the first request on, for a thread that waits for other descriptors too. */
int stop_descriptor(void);

/* How soon a request is noticed by a wait that it does not end. */
#define STOP_STEP_MS 100

/* Waits; a request ends the wait at once. False if a stop was requested, before or meanwhile. */
bool stop_wait_ms(int64_t wait_ms);
