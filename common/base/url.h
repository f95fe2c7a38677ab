/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as it stands in URLs and forms. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

/* Decodes the text in place: %XX is a byte, '+' a space. A decoded byte may be NUL, so *out_length is the length. False
 * if an escape is broken; then the text is lost. */
bool url_decode(char *text, size_t *out_length) MUST_USE;
