/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that unit tests are fed with, an odd case each: those in a folder of tests/unit/vectors, which is VECTORS to
 * the compiler, or any other by its path. What cannot be read fails the test that asked for it. */
#pragma once

#include <stddef.h>

#include "base/buffer.h"

/* Its bytes, 4 MiB at most, and a NUL after them. The buffer is born here. */
void vectors_read(const char *path, Buffer *out);

/* That of the same folder which is called so with another suffix: what is expected of the one at path. */
void vectors_read_beside(const char *path, const char *suffix, Buffer *out);

/* Gives the path of each file of vectors/FOLDER whose name ends in suffix ("" for all) to check, in the order of their
 * names. Fewer than count_min fail the test: they are not found. */
void vectors_check(const char *folder, const char *suffix, size_t count_min,
                   void (*check)(const char *path, void *context), void *context);
