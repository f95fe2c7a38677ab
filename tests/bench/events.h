/* SPDX-License-Identifier: Apache-2.0
 *
 * Generated events as a music service logs them, always the same ones, and the decoder over them: for the programs that
 * measure it. What goes wrong ends the program. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "decode/decode.h"

#define EVENTS_COLUMNS 18

extern const Column events_columns[EVENTS_COLUMNS];

/* Appends events until the text has so many bytes. */
void events_generate(Buffer *text, size_t bytes);

/* decode_object over the text; returns the number of rows. */
int64_t events_decode(Slice text, JsonMapping mapping);
