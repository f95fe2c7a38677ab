/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in network byte order, as binary COPY has them. */
#pragma once

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BINARY_SWAP(bits, value) __builtin_bswap##bits(value)
#else
#define BINARY_SWAP(bits, value) (value)
#endif

static inline void binary_put_16(char *out, uint16_t value)
{
    value = BINARY_SWAP(16, value);
    memcpy(out, &value, sizeof(value));
}

static inline void binary_put_32(char *out, uint32_t value)
{
    value = BINARY_SWAP(32, value);
    memcpy(out, &value, sizeof(value));
}

static inline void binary_put_64(char *out, uint64_t value)
{
    value = BINARY_SWAP(64, value);
    memcpy(out, &value, sizeof(value));
}
