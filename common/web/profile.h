/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared files of the AWS tools, ~/.aws/credentials and ~/.aws/config: INI with profiles for sections. Pure but for
 * profile_read_file. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/slice.h"

typedef enum ProfileFile {
    PROFILE_CREDENTIALS, /* sections [name] */
    PROFILE_CONFIG,      /* sections [profile name], and [default] */
} ProfileFile;

/* The value of a setting, pointing into text. If it stands there several times, the last one counts. False if there is
 * none. */
bool profile_find(Slice text, ProfileFile file, const char *profile, const char *key, Slice *out_value) MUST_USE;
bool profile_exists(Slice text, ProfileFile file, const char *profile) MUST_USE;

/* Appends the file to text, which the caller must wipe afterwards. False if it cannot be read or is too long. */
bool profile_read_file(const char *path, Buffer *text) MUST_USE;
