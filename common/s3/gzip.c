/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"

/* The largest window, and a gzip header and trailer around it (zlib.h, inflateInit2). */
#define WINDOW_BITS (15 + 16)

struct Gzip {
    z_stream stream;
    bool is_whole;
};

Gzip *gzip_open(void)
{
    Gzip *gzip = memory_alloc_zeroed(1, sizeof *gzip);
    if (inflateInit2(&gzip->stream, WINDOW_BITS) != Z_OK)
        error_abort("out of memory");
    return gzip;
}

void gzip_close(Gzip *gzip)
{
    if (!gzip)
        return;
    inflateEnd(&gzip->stream);
    free(gzip);
}

void gzip_begin(Gzip *gzip)
{
    inflateReset(&gzip->stream);
    gzip->is_whole = false;
}

bool gzip_read(Gzip *gzip, Slice *input, char *bytes, size_t size, size_t *out_length)
{
    z_stream *stream = &gzip->stream;
    if (gzip->is_whole && input->length > 0)
        gzip_begin(gzip);
    uInt input_length = input->length < UINT_MAX ? (uInt)input->length : UINT_MAX;
    uInt output_length = size < UINT_MAX ? (uInt)size : UINT_MAX;
    stream->next_in = (z_const Bytef *)(uintptr_t)input->data;
    stream->avail_in = input_length;
    stream->next_out = (Bytef *)bytes;
    stream->avail_out = output_length;
    int code = inflate(stream, Z_NO_FLUSH);
    if (code == Z_MEM_ERROR)
        error_abort("out of memory");
    /* A BUF_ERROR only says that this input brought nothing to write. */
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return false;
    gzip->is_whole = code == Z_STREAM_END;
    size_t taken = input_length - stream->avail_in;
    *input = (Slice){input->data + taken, input->length - taken};
    *out_length = output_length - stream->avail_out;
    return true;
}

bool gzip_is_whole(const Gzip *gzip)
{
    return gzip->is_whole;
}

const char *gzip_problem(const Gzip *gzip)
{
    return gzip->stream.msg;
}
