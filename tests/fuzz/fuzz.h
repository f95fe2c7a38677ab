/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets share. A target is a function from bytes to nothing that aborts if a property does not hold;
 * assertions are on in every build. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

/* libFuzzer's entry point, one a target. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number for choices between ways to run an input: a hash of it while fuzzing, so that no byte of it is lost for
 * them; the plain test runs an input with FUZZ_ROUNDS numbers from 0 if the target asks for one. */
#define FUZZ_ROUNDS 42
uint32_t fuzz_seed(Slice input);

/* Takes a number below count out of the seed. */
size_t fuzz_choose(uint32_t *seed, size_t count);

void fuzz_append(Buffer *buffer, Slice bytes);

/* A failure says something that a ledger, a log and a terminal can hold. */
void fuzz_check_error(const Error *error);

/* The text up to the next newline, or to the end; *rest is what follows it. */
Slice fuzz_take_line(Slice *rest);
