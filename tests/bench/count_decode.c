/* SPDX-License-Identifier: Apache-2.0
 *
 * What instructions.py counts the instructions of: count_decode count decodes 2 MB of generated events. Without a
 * word it says which compiler built it. */
#include <stdio.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "events.h"

#define BYTES 2000000

#if defined(__clang__)
#define COMPILER "clang"
#else
#define COMPILER "gcc"
#endif

int main(int argc, char **argv)
{
    AUTO_BUFFER text = {0};
    (void)argv;
    if (argc < 2) {
        puts(COMPILER " " __VERSION__);
        return 0;
    }
    buffer_init(&text, (size_t)2 * BYTES);
    events_generate(&text, BYTES);
    printf("%lld rows\n", (long long)events_decode(buffer_slice(&text), JSON_PATHS));
    return 0;
}
