/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a bucket is: path style or virtual-host style. Pure. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "web/endpoint.h"

/* Appends the host, and the path before it is encoded. An empty key stands for the bucket itself. */
bool s3_address_locate(const Endpoint *endpoint, Slice bucket, Slice key, Buffer *out_host, Buffer *out_path) MUST_USE;
