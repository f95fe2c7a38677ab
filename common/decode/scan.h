/* SPDX-License-Identifier: Apache-2.0
 *
 * Sixteen bytes of text at a time: SSE2 where x86-64 has it always, NEON on aarch64, plain C elsewhere (and with
 * SCAN_PLAIN, for tests). Every load may read SCAN_PADDING bytes past what its caller is interested in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_BLOCK 16
#define SCAN_PADDING 64

#if defined(__SSE2__) && !defined(SCAN_PLAIN)

#include <emmintrin.h>

typedef __m128i ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

static inline void scan_store(char *bytes, ScanBlock block)
{
    _mm_storeu_si128((__m128i *)bytes, block);
}

/* A bit for each byte that is equal in both. */
static inline unsigned scan_equal(ScanBlock a, ScanBlock b)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
}

/* A bit for each byte that may not stand unescaped in a JSON string: quote, backslash, control character. */
static inline unsigned scan_special(ScanBlock block)
{
    __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
}

/* A bit for each byte that is not ASCII. */
static inline unsigned scan_high(ScanBlock block)
{
    return (unsigned)_mm_movemask_epi8(block);
}

#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(SCAN_PLAIN)

#include <arm_neon.h>

typedef uint8x16_t ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    return vld1q_u8((const uint8_t *)bytes);
}

static inline void scan_store(char *bytes, ScanBlock block)
{
    vst1q_u8((uint8_t *)bytes, block);
}

static inline unsigned scan_mask(uint8x16_t lanes)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t bits = vandq_u8(lanes, vld1q_u8(weights));
    return (unsigned)vaddv_u8(vget_low_u8(bits)) | (unsigned)vaddv_u8(vget_high_u8(bits)) << 8;
}

static inline unsigned scan_equal(ScanBlock a, ScanBlock b)
{
    return scan_mask(vceqq_u8(a, b));
}

static inline unsigned scan_special(ScanBlock block)
{
    uint8x16_t quote = vceqq_u8(block, vdupq_n_u8('"'));
    uint8x16_t backslash = vceqq_u8(block, vdupq_n_u8('\\'));
    uint8x16_t control = vcltq_u8(block, vdupq_n_u8(0x20));
    return scan_mask(vorrq_u8(vorrq_u8(quote, backslash), control));
}

static inline unsigned scan_high(ScanBlock block)
{
    return scan_mask(vcgeq_u8(block, vdupq_n_u8(0x80)));
}

#else

typedef struct ScanBlock {
    unsigned char bytes[SCAN_BLOCK];
} ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    ScanBlock block;
    memcpy(block.bytes, bytes, SCAN_BLOCK);
    return block;
}

static inline void scan_store(char *bytes, ScanBlock block)
{
    memcpy(bytes, block.bytes, SCAN_BLOCK);
}

static inline unsigned scan_equal(ScanBlock a, ScanBlock b)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        mask |= (unsigned)(a.bytes[i] == b.bytes[i]) << i;
    return mask;
}

static inline unsigned scan_special(ScanBlock block)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        mask |= (unsigned)(block.bytes[i] == '"' || block.bytes[i] == '\\' || block.bytes[i] < 0x20) << i;
    return mask;
}

static inline unsigned scan_high(ScanBlock block)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        mask |= (unsigned)(block.bytes[i] >= 0x80) << i;
    return mask;
}

#endif

/* Both sides may be read to the end of the last block of length bytes. */
static inline bool scan_is_same(const char *a, const char *b, size_t length)
{
    for (; length > SCAN_BLOCK; length -= SCAN_BLOCK, a += SCAN_BLOCK, b += SCAN_BLOCK) {
        if (scan_equal(scan_load(a), scan_load(b)) != 0xFFFF)
            return false;
    }
    unsigned wanted = 0xFFFFU >> (SCAN_BLOCK - length);
    return (scan_equal(scan_load(a), scan_load(b)) & wanted) == wanted;
}

/* Copies whole blocks: up to SCAN_BLOCK - 1 bytes more than asked for are read and written. */
static inline void scan_copy(char *to, const char *from, size_t length)
{
    scan_store(to, scan_load(from));
    for (size_t i = SCAN_BLOCK; i < length; i += SCAN_BLOCK)
        scan_store(to + i, scan_load(from + i));
}

/* How often the byte stands in the text. */
static inline int64_t scan_count(const char *text, size_t length, char byte)
{
    int64_t count = 0;
#if defined(__SSE2__) && !defined(SCAN_PLAIN)
    /* x86-64 has no population count before SSE4.2: each byte of sums counts for itself, and 255 times at most. */
    while (length >= SCAN_BLOCK) {
        size_t blocks = length / SCAN_BLOCK < 255 ? length / SCAN_BLOCK : 255;
        __m128i sums = _mm_setzero_si128();
        for (size_t i = 0; i < blocks; i++)
            sums = _mm_sub_epi8(sums, _mm_cmpeq_epi8(scan_load(text + i * SCAN_BLOCK), _mm_set1_epi8(byte)));
        sums = _mm_sad_epu8(sums, _mm_setzero_si128());
        count += _mm_cvtsi128_si64(sums) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
        text += blocks * SCAN_BLOCK;
        length -= blocks * SCAN_BLOCK;
    }
#endif
    for (size_t i = 0; i < length; i++)
        count += text[i] == byte;
    return count;
}
